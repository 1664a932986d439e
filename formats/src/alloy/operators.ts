import { err, ok, type Result } from '@plumbline/contracts';
import type { BinaryOperator } from './ast.ts';
import { type TypeName, typeName, type Value, valuesEqual } from './value.ts';

/** Which side of an operator is wrong, and why. */
export interface OperatorFault {
  readonly side: 'left' | 'right';
  readonly message: string;
}

const allowed = (op: BinaryOperator): readonly TypeName[] => {
  if (op === '||' || op === '&&') return ['bool'];
  if (op === '+' || op === '<' || op === '<=' || op === '>' || op === '>=') return ['number', 'string'];
  return ['number'];
};

/** Applies a binary operator. Both operands have been evaluated: `||` and `&&` do not short-circuit in Alloy. */
export function binary(op: BinaryOperator, left: Value, right: Value): Result<Value, OperatorFault> {
  if (op === '==') return ok(valuesEqual(left, right));
  if (op === '!=') return ok(!valuesEqual(left, right));
  const types = allowed(op);
  for (const [side, value] of [
    ['left', left],
    ['right', right],
  ] as const) {
    if (!types.includes(typeName(value))) {
      return err({ side, message: `should be one of [${types.join(' ')}] for binop ${op}, got ${typeName(value)}` });
    }
  }
  if (typeName(left) !== typeName(right))
    return err({ side: 'right', message: `should be ${typeName(left)}, got ${typeName(right)}` });
  if (op === '||') return ok(left === true || right === true);
  if (op === '&&') return ok(left === true && right === true);
  if (typeof left === 'string') return ok(text(op, left, right as string));
  if (typeof left === 'bigint' && typeof right === 'bigint') return whole(op, left, right);
  return float(op, Number(left), Number(right));
}

/** Applies a unary operator. */
export function unary(op: '!' | '-', value: Value): Result<Value, string> {
  if (op === '!') return typeof value === 'boolean' ? ok(!value) : err(`should be bool, got ${typeName(value)}`);
  if (typeof value === 'bigint') return ok(BigInt.asIntN(64, -value));
  if (typeof value === 'number') return ok(-value);
  return err(`should be number, got ${typeName(value)}`);
}

function text(op: BinaryOperator, left: string, right: string): Value {
  if (op === '+') return left + right;
  const order = Buffer.compare(Buffer.from(left), Buffer.from(right));
  return compared(op, order);
}

function compared(op: BinaryOperator, order: number): boolean {
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
}

const byZero = err({ side: 'right', message: 'divide by zero error' } as const);

function whole(op: BinaryOperator, a: bigint, b: bigint): Result<Value, OperatorFault> {
  const wrapped = (n: bigint) => ok(BigInt.asIntN(64, n));
  switch (op) {
    case '+':
      return wrapped(a + b);
    case '-':
      return wrapped(a - b);
    case '*':
      return wrapped(a * b);
    case '/':
      return b === 0n ? byZero : wrapped(a / b);
    case '%':
      return b === 0n ? byZero : wrapped(a % b);
    case '^':
      return wrapped(wholePower(a, b));
    default:
      return ok(compared(op, a < b ? -1 : a > b ? 1 : 0));
  }
}

/** By squaring within 64 bits; a power below one leaves the base, as the real loop does. */
function wholePower(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n || base === 1n) return 1n;
  if (base === 0n && exponent > 0n) return 0n;
  if (exponent < 0n) return base;
  let [result, square] = [1n, base];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

function float(op: BinaryOperator, a: number, b: number): Result<Value, OperatorFault> {
  switch (op) {
    case '+':
      return ok(a + b);
    case '-':
      return ok(a - b);
    case '*':
      return ok(a * b);
    case '/':
      return b === 0 ? byZero : ok(a / b);
    case '%':
      return b === 0 ? byZero : ok(a % b);
    case '^':
      return ok(a ** b);
    default:
      return ok(compared(op, a - b));
  }
}
