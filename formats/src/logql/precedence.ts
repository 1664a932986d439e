/** Operands and the operators between them, as they stand in the text: one operand more than operators. */
export interface Chain<T, O> {
  readonly operands: readonly T[];
  readonly operators: readonly O[];
}

/** How tightly an operator binds, and to which side among its equals. */
export interface Binding {
  readonly level: number;
  readonly right?: boolean;
}

/**
 * Joins a chain by precedence. The vendor's grammar does not keep to Loki's (`a * 2 + 1` comes out as `a * (2 + 1)`), so
 * its nesting is undone first and only what is in brackets is left to it.
 */
export function joinByPrecedence<T, O>(
  { operands, operators }: Chain<T, O>,
  bindingOf: (operator: O) => Binding,
  join: (operator: O, left: T, right: T) => T,
): T {
  const [only] = operands;
  if (only === undefined) throw new Error('an empty chain of operands');
  if (operators.length === 0) return only;
  const levels = operators.map((o) => bindingOf(o));
  const loosest = Math.min(...levels.map((b) => b.level));
  const fromRight = levels.find((b) => b.level === loosest)?.right === true;
  const at = levels.map((b) => b.level);
  const split = fromRight ? at.indexOf(loosest) : at.lastIndexOf(loosest);
  const operator = operators[split] as O;
  const left = { operands: operands.slice(0, split + 1), operators: operators.slice(0, split) };
  const right = { operands: operands.slice(split + 1), operators: operators.slice(split + 1) };
  return join(operator, joinByPrecedence(left, bindingOf, join), joinByPrecedence(right, bindingOf, join));
}
