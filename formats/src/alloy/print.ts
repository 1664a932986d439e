import type { AlloyFile, Expression, Statement } from './ast.ts';

/** Writes a file in the formatter's manner: tabs, one statement a line. Comments are not part of the tree. */
export function printAlloy(file: AlloyFile): string {
  return file.body.map((statement) => printStatement(statement, '')).join('\n');
}

function printStatement(statement: Statement, indent: string): string {
  if (statement.kind === 'attribute')
    return `${indent}${statement.name} = ${printExpression(statement.value, indent)}\n`;
  const label = statement.label === undefined ? '' : ` "${statement.label}"`;
  const head = `${indent}${statement.name.join('.')}${label} {`;
  if (statement.body.length === 0) return `${head} }\n`;
  return `${head}\n${statement.body.map((inner) => printStatement(inner, `${indent}\t`)).join('')}${indent}}\n`;
}

/** Writes one expression; arrays stay on a line, objects take a line a field. */
export function printExpression(expression: Expression, indent = ''): string {
  const inner = (e: Expression) => printExpression(e, indent);
  switch (expression.kind) {
    case 'literal':
      return expression.raw;
    case 'identifier':
      return expression.name;
    case 'array':
      return `[${expression.elements.map(inner).join(', ')}]`;
    case 'object': {
      if (expression.fields.length === 0) return '{}';
      const deeper = `${indent}\t`;
      const fields = expression.fields.map(
        (f) => `${deeper}${f.quoted}${f.name}${f.quoted} = ${printExpression(f.value, deeper)},\n`,
      );
      return `{\n${fields.join('')}${indent}}`;
    }
    case 'access':
      // `0.a` would read as a float and a name.
      return `${inner(expression.of)}${expression.of.kind === 'literal' && expression.of.type === 'number' ? ' ' : ''}.${expression.name}`;
    case 'index':
      return `${inner(expression.of)}[${inner(expression.index)}]`;
    case 'call':
      return `${inner(expression.callee)}(${expression.args.map(inner).join(', ')})`;
    case 'paren':
      return `(${inner(expression.inner)})`;
    case 'unary':
      return `${expression.op}${inner(expression.operand)}`;
    case 'binary':
      return `${inner(expression.left)} ${expression.op} ${inner(expression.right)}`;
  }
}
