import ts from 'typescript';

/** What makes a path of the contract. */
const RESOLVERS: ReadonlySet<string> = new Set(['contractPath', 'generationFolder', 'within']);

/** Names that stand for a place whose inside the contract lays out, wherever they are declared. */
const PLACES: ReadonlySet<string> = new Set([
  'deployRoot',
  'deploy_root',
  'outputDir',
  'output_dir',
  'runDir',
  'run_path',
]);

/** Whether an expression is a path of the contract, or a place that it lays out: by its name, or by what it was declared as. */
export function isBase(node: ts.Node): boolean {
  if (ts.isCallExpression(node)) return RESOLVERS.has(node.expression.getText());
  if (ts.isPropertyAccessExpression(node)) return PLACES.has(node.name.text);
  if (!ts.isIdentifier(node)) return false;
  if (PLACES.has(node.text)) return true;
  const initializer = declaredAs(node);
  return initializer !== undefined && isBase(initializer);
}

/** What the constant of an identifier was declared as, in the innermost block around it that declares one. */
function declaredAs(use: ts.Identifier): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = use.parent; scope !== undefined; scope = scope.parent) {
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isCaseOrDefaultClause(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const found = statement.declarationList.declarations.find(
        ({ name }) => ts.isIdentifier(name) && name.text === use.text,
      );
      if (found !== undefined) return found.initializer;
    }
  }
  return undefined;
}
