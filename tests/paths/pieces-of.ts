import ts from 'typescript';

/** Stands for what is only known at run time. */
export const HOLE = '\0';

/** Text that an expression puts together: what it spells, a hole for each part that it does not, and those parts. */
export interface Pieces {
  readonly text: string;
  readonly holes: readonly ts.Expression[];
}

const JOINS: ReadonlySet<string> = new Set(['join', 'resolve', 'within']);

/** The text that an expression puts together, however it does; undefined for one that puts none together. */
export function piecesOf(node: ts.Node): Pieces | undefined {
  if (ts.isStringLiteralLike(node)) return { text: node.text, holes: [] };
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(({ expression, literal }) => [
      of(expression),
      { text: literal.text, holes: [] },
    ]);
    return all([{ text: node.head.text, holes: [] }, ...spans.flat()], '');
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    const sides = [node.left, node.right];
    return sides.some((side) => piecesOf(side) !== undefined) ? all(sides.map(of), '') : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
    const [path, base] = node.arguments ?? [];
    return path === undefined || base === undefined ? undefined : all([of(base), of(path)], '/');
  }
  return ts.isCallExpression(node) ? joined(node) : undefined;
}

/** `join(a, b)`, `path.posix.join(a, b)`, `[a, b].join('/')`, `a.concat(b)`. */
function joined(call: ts.CallExpression): Pieces | undefined {
  const { expression: callee, arguments: parts } = call;
  if (ts.isPropertyAccessExpression(callee)) {
    const { expression: on, name } = callee;
    if (name.text === 'concat' && !ts.isArrayLiteralExpression(on)) return all([on, ...parts].map(of), '');
    if (name.text === 'join' && ts.isArrayLiteralExpression(on)) {
      const [between] = parts;
      if (between === undefined || !ts.isStringLiteralLike(between)) return undefined;
      return all(on.elements.map(of), between.text);
    }
  }
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  return JOINS.has(name) && parts.length > 1 ? all(parts.map(of), '/') : undefined;
}

function of(expression: ts.Expression): Pieces {
  const inner = ts.isParenthesizedExpression(expression) ? expression.expression : expression;
  return piecesOf(inner) ?? { text: HOLE, holes: [inner] };
}

function all(parts: readonly Pieces[], between: string): Pieces {
  return { text: parts.map(({ text }) => text).join(between), holes: parts.flatMap(({ holes }) => holes) };
}
