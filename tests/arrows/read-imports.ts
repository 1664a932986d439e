import ts from 'typescript';

export interface Imports {
  /** What is imported, in whatever form: static, dynamic, type-only, require, or a URL beside the module. */
  readonly specifiers: readonly string[];
  /** Imports whose target is computed, so that nobody can say what they import. */
  readonly computed: readonly string[];
}

export function readImports(source: ts.SourceFile): Imports {
  const specifiers: string[] = [];
  const computed: string[] = [];
  const visit = (node: ts.Node): void => {
    const target = importTarget(node);
    if (target !== undefined) {
      if (ts.isStringLiteralLike(target)) specifiers.push(target.text);
      else computed.push(target.getText(source));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { specifiers, computed };
}

function importTarget(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (ts.isCallExpression(node) && isImportCall(node.expression)) return node.arguments[0];
  if (ts.isNewExpression(node) && isUrlBesideModule(node)) {
    const target = node.arguments?.[0];
    // What is built is started or read by its path, not imported.
    return target && ts.isStringLiteralLike(target) && !target.text.includes('/dist/') ? target : undefined;
  }
  return undefined;
}

function isImportCall(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'resolve') return false;
  return ts.isMetaProperty(callee.expression) || callee.expression.getText() === 'require';
}

function isUrlBesideModule(node: ts.NewExpression): boolean {
  const base = node.arguments?.[1];
  if (node.expression.getText() !== 'URL' || base === undefined || !ts.isPropertyAccessExpression(base)) return false;
  return ts.isMetaProperty(base.expression) && base.name.text === 'url';
}
