import type { Expression, Position, Statement } from './ast.ts';

/** A dotted name that an expression uses, such as `loki.write.store.receiver`. */
export interface Reference {
  readonly path: readonly string[];
  readonly pos: Position;
}

/** Every dotted name in a body, nested blocks included. An index or a call ends a name. */
export function references(body: readonly Statement[]): readonly Reference[] {
  return body.flatMap((statement) =>
    statement.kind === 'block' ? references(statement.body) : within(statement.value),
  );
}

function within(expression: Expression): readonly Reference[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'identifier':
    case 'access': {
      const path = dotted(expression);
      if (path) return [{ path, pos: expression.pos }];
      return expression.kind === 'access' ? within(expression.of) : [];
    }
    case 'array':
      return expression.elements.flatMap(within);
    case 'object':
      return expression.fields.flatMap((field) => within(field.value));
    case 'index':
      return [...within(expression.of), ...within(expression.index)];
    case 'call':
      return [expression.callee, ...expression.args].flatMap(within);
    case 'paren':
      return within(expression.inner);
    case 'unary':
      return within(expression.operand);
    case 'binary':
      return [...within(expression.left), ...within(expression.right)];
  }
}

function dotted(expression: Expression): readonly string[] | undefined {
  if (expression.kind === 'identifier') return [expression.name];
  if (expression.kind !== 'access') return undefined;
  const of = dotted(expression.of);
  return of && [...of, expression.name];
}
