import { err, failure, ok, type Result } from '@plumbline/contracts';
import {
  type AlloyObject,
  type Block,
  blockName,
  type Capsule,
  type Expression,
  evaluate,
  type Position,
  printExpression,
  type Scope,
  typeName,
  type Value,
} from '@plumbline/formats/alloy';
import { parseGoDuration } from '@plumbline/formats/go-duration';
import { parseGoSize } from '@plumbline/formats/go-size';
import { compileRe2 } from '@plumbline/formats/re2';

type Kind = 'string' | 'bool' | 'number' | 'duration' | 'size' | 'regex' | 'strings' | 'map' | 'targets' | 'receivers';

export interface AttributeSpec {
  readonly kind: Kind;
  readonly required?: true;
  readonly default?: Value;
}

/** What a block may hold. `later` names what the real one knows and the stand-in does not do. */
export interface BodySpec {
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly blocks?: Readonly<Record<string, BodySpec & { readonly many?: boolean; readonly label?: boolean }>>;
  readonly later?: readonly string[];
}

/** A decoded body: every attribute of its spec, defaults included, and its blocks in order. */
export interface Arguments {
  readonly name: string;
  readonly pos: Position;
  readonly values: Readonly<Record<string, Value>>;
  readonly given: ReadonlySet<string>;
  readonly blocks: readonly Arguments[];
}

/** Evaluates and checks a block against its spec; the first fault wins, with its place. */
export function decode(block: Block, spec: BodySpec, scope: Scope): Result<Arguments> {
  const name = blockName(block);
  const values: Record<string, Value> = {};
  for (const [key, attribute] of Object.entries(spec.attributes)) values[key] = attribute.default ?? null;
  const given = new Set<string>();
  const blocks: Arguments[] = [];
  for (const statement of block.body) {
    const fail = (message: string) => fault(scope, statement.pos, message);
    const key = statement.kind === 'block' ? blockName(statement) : statement.name;
    const attribute = spec.attributes[key];
    const inner = spec.blocks?.[key];
    if (spec.later?.includes(key))
      return fail(`${statement.kind} "${key}" of ${name} is not implemented by the stand-in`);
    if (statement.kind === 'attribute') {
      if (given.has(key)) return fail(`attribute "${key}" may only be provided once`);
      if (inner) return fail(`"${key}" must be a block, but is used as an attribute`);
      if (!attribute) return fail(`unrecognized attribute name "${key}"`);
      const value = evaluate(statement.value, scope);
      if (!value.ok) return value;
      const wrong = checkKind(attribute.kind, value.value, statement.value);
      if (wrong) return fault(scope, wrong.pos, wrong.message);
      if (value.value !== null) values[key] = value.value;
      given.add(key);
    } else {
      if (attribute) return fail(`"${key}" must be an attribute, but is used as a block`);
      if (!inner) return fail(`unrecognized block name "${key}"`);
      if (!inner.label && statement.label) return fail(`block "${key}" does not support specifying labels`);
      if (!inner.many && blocks.some((b) => b.name === key)) return fail(`block "${key}" may only be specified once`);
      const decoded = decode(statement, inner, scope);
      if (!decoded.ok) return decoded;
      blocks.push(decoded.value);
    }
  }
  for (const [key, attribute] of Object.entries(spec.attributes)) {
    if (attribute.required && !given.has(key)) return fault(scope, block.pos, `missing required attribute "${key}"`);
  }
  return ok({ name, pos: block.pos, values, given, blocks });
}

export function fault(scope: { readonly file: string }, pos: Position, message: string) {
  return err(
    failure('E_CONFIG_SERVICE_INVALID', message, { place: { file: scope.file, line: pos.line, column: pos.column } }),
  );
}

interface Wrong {
  readonly pos: Position;
  readonly message: string;
}

function checkKind(kind: Kind, value: Value, at: Expression): Wrong | undefined {
  const wrong = (message: string): Wrong => ({ pos: at.pos, message: `${printExpression(at)} ${message}` });
  const must = (expected: string) =>
    typeName(value) === expected ? undefined : wrong(`should be ${expected}, got ${typeName(value)}`);
  switch (kind) {
    case 'string':
    case 'bool':
    case 'number':
      return must(kind);
    case 'duration':
    case 'size':
    case 'regex': {
      const typed = must('string');
      if (typed) return typed;
      const read = { duration: parseGoDuration, size: parseGoSize, regex: compileRe2 }[kind](value as string);
      return read.ok ? undefined : wrong(read.failure.message);
    }
    case 'map':
      return must('object') ?? inside([...(value as AlloyObject)], at, isText);
    case 'strings':
      return must('array') ?? inside([...(value as readonly Value[]).entries()], at, isText);
    case 'targets':
      return must('array') ?? inside([...(value as readonly Value[]).entries()], at, isTarget);
    case 'receivers':
      return must('array') ?? inside([...(value as readonly Value[]).entries()], at, isReceiver);
  }
}

function inside(
  entries: readonly (readonly [string | number, Value])[],
  at: Expression,
  check: (value: Value) => string | undefined,
): Wrong | undefined {
  for (const [key, value] of entries) {
    const message = check(value);
    if (message === undefined) continue;
    const part =
      at.kind === 'array'
        ? at.elements[Number(key)]
        : at.kind === 'object'
          ? at.fields.find((f) => f.name === key)?.value
          : undefined;
    if (part) return { pos: part.pos, message: `${printExpression(part)} ${message}` };
    return {
      pos: at.pos,
      message: `${printExpression(at)}${typeof key === 'number' ? `[${key}]` : `.${key}`} ${message}`,
    };
  }
  return undefined;
}

const isText = (value: Value) => (typeof value === 'string' ? undefined : `should be string, got ${typeName(value)}`);

const isTarget = (value: Value) => {
  if (!(value instanceof Map)) return `should be object, got ${typeName(value)}`;
  const bad = [...(value as AlloyObject).values()].find((v) => typeof v !== 'string');
  return bad === undefined ? undefined : `should hold strings only, got ${typeName(bad)}`;
};

const isReceiver = (value: Value) =>
  typeName(value) === 'capsule' && (value as Capsule).capsule === 'loki.LogsReceiver'
    ? undefined
    : `should be capsule("loki.LogsReceiver"), got ${typeName(value)}`;
