import { err, failure, ok, type Result } from '@plumbline/contracts';
import type { Expression, Position } from './ast.ts';
import { literalValue } from './literal.ts';
import { binary, unary } from './operators.ts';
import { printExpression } from './print.ts';
import { type AlloyFunction, type AlloyObject, typeName, type Value } from './value.ts';

/** The names an expression may use, and the file that messages point into. */
export interface Scope {
  readonly file: string;
  readonly names: ReadonlyMap<string, Value>;
}

/** Evaluates an expression. A fault names the part that is wrong, as Alloy does. */
export function evaluate(expression: Expression, scope: Scope): Result<Value> {
  const fail = (pos: Position, message: string) =>
    err(
      failure('E_CONFIG_SERVICE_INVALID', message, { place: { file: scope.file, line: pos.line, column: pos.column } }),
    );
  const about = (part: Expression, message: string) => fail(part.pos, `${printExpression(part)} ${message}`);

  switch (expression.kind) {
    case 'literal':
      return ok(literalValue(expression));
    case 'paren':
      return evaluate(expression.inner, scope);
    case 'array':
      return all(expression.elements, scope);
    case 'object': {
      const values = all(
        expression.fields.map((f) => f.value),
        scope,
      );
      if (!values.ok) return values;
      return ok(new Map(expression.fields.map((f, i) => [f.name, values.value[i]!])));
    }
    case 'identifier': {
      const found = scope.names.get(expression.name);
      return found === undefined ? fail(expression.pos, `identifier "${expression.name}" does not exist`) : ok(found);
    }
    case 'access': {
      const of = evaluate(expression.of, scope);
      if (!of.ok) return of;
      if (!(of.value instanceof Map)) {
        return about(expression.of, `cannot access field "${expression.name}" on value of type ${typeName(of.value)}`);
      }
      const field = (of.value as AlloyObject).get(expression.name);
      return field === undefined ? fail(expression.namePos, `field "${expression.name}" does not exist`) : ok(field);
    }
    case 'index': {
      const both = all([expression.of, expression.index], scope);
      if (!both.ok) return both;
      const [of, index] = both.value as readonly [Value, Value];
      if (Array.isArray(of)) return element(of, index, (message) => about(expression.index, message));
      if (!(of instanceof Map)) return about(expression.of, `expected object or array, got ${typeName(of)}`);
      if (typeof index !== 'string') return about(expression.index, `should be string, got ${typeName(index)}`);
      return ok((of as AlloyObject).get(index) ?? null);
    }
    case 'unary': {
      const operand = evaluate(expression.operand, scope);
      if (!operand.ok) return operand;
      const result = unary(expression.op, operand.value);
      return result.ok ? result : about(expression.operand, result.failure);
    }
    case 'binary': {
      const both = all([expression.left, expression.right], scope);
      if (!both.ok) return both;
      const result = binary(expression.op, both.value[0]!, both.value[1]!);
      return result.ok ? result : about(expression[result.failure.side], result.failure.message);
    }
    case 'call': {
      const both = all([expression.callee, ...expression.args], scope);
      if (!both.ok) return both;
      const [callee, ...args] = both.value as readonly [Value, ...Value[]];
      if (typeName(callee) !== 'function')
        return about(expression.callee, `should be function, got ${typeName(callee)}`);
      const result = (callee as AlloyFunction).call(args);
      return result.ok ? result : about(expression, result.failure);
    }
  }
}

function all(expressions: readonly Expression[], scope: Scope): Result<readonly Value[]> {
  const values: Value[] = [];
  for (const expression of expressions) {
    const value = evaluate(expression, scope);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return ok(values);
}

function element(of: readonly Value[], index: Value, about: (message: string) => Result<Value>): Result<Value> {
  if (typeof index !== 'bigint' && typeof index !== 'number') return about(`should be number, got ${typeName(index)}`);
  const at = Math.trunc(Number(index));
  if (at < 0 || at >= of.length) return about(`index ${at} is out of range of array with length ${of.length}`);
  return ok(of[at]!);
}
