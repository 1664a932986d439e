export * from './alloy/ast.ts';
export { evaluate, type Scope } from './alloy/evaluate.ts';
export {
  buildGraph,
  type ComponentGraph,
  type ComponentNode,
  type Edge,
  reachable,
  sources,
  stages,
  unreachable,
} from './alloy/graph.ts';
export { literalValue, quote } from './alloy/literal.ts';
export { parseAlloy, parseAlloyExpression } from './alloy/parser.ts';
export { printAlloy, printExpression } from './alloy/print.ts';
export { type Reference, references } from './alloy/references.ts';
export { type Environment, stdlib } from './alloy/stdlib.ts';
export * from './alloy/value.ts';
