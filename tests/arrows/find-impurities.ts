import ts from 'typescript';

// Globals that look at the world or change it.
const impure = new Set(
  `fetch process setTimeout setInterval setImmediate queueMicrotask console performance crypto globalThis global
  eval Function require WebSocket EventSource XMLHttpRequest Worker BroadcastChannel navigator`.split(/\s+/),
);

// Globals that are pure but for one member; they may only be used as `Name.member`, where the member can be seen.
const impureMember: Readonly<Record<string, string>> = { Math: 'random', AbortSignal: 'timeout' };

/**
 * Names the impure globals that a file uses. A parameter or import of the same name is not the global. `Date` is one
 * where no dates are allowed, and elsewhere only when it reads the clock.
 */
export function findImpurities(
  source: ts.SourceFile,
  { checker, dates }: { readonly checker: ts.TypeChecker; readonly dates: boolean },
): readonly string[] {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node) && !isDeclared(node, checker)) {
      const member = impureMember[node.text];
      if (impure.has(node.text) || (node.text === 'Date' && !(dates && isConversion(node)))) found.add(node.text);
      else if (member !== undefined && mayReach(node, member)) found.add(`${node.text}.${member}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found];
}

/** Whether an identifier stands for a value or type, not for the name of a member or property. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.propertyName !== node;
  if (ts.isMetaProperty(parent) || ts.isImportSpecifier(parent) || ts.isNamedTupleMember(parent)) return false;
  const named = parent as ts.Node & { name?: ts.Node };
  return named.name !== node || ts.isShorthandPropertyAssignment(parent);
}

function isDeclared(node: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  return (symbol?.declarations?.length ?? 0) > 0;
}

/** Whether a use of `Date` only converts what it is given: a time to text, or back. */
function isConversion(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isNewExpression(parent)) return (parent.arguments?.length ?? 0) > 0;
  return ts.isTypeReferenceNode(parent) || (ts.isPropertyAccessExpression(parent) && parent.name.text !== 'now');
}

function mayReach(node: ts.Identifier, member: string): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name.text === member;
  return ts.isElementAccessExpression(parent) || ts.isVariableDeclaration(parent);
}
