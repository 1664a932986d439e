/** One operation of a JSON Patch (RFC 6902); those that are used here. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

type Container = Record<string, unknown> | unknown[];

/** The JSON pointer (RFC 6901) of a path. */
export function pointerOf(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The parts of a JSON pointer, as text. */
export function partsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * A copy of a JSON value with a patch applied. Pure. As RFC 6902 asks, what an operation names must be there, and the
 * parent of what it adds: a patch that does not fit throws, for patches are made from the value that they change.
 */
export function applyPatch(value: unknown, patch: readonly PatchOperation[]): unknown {
  const root = { '': structuredClone(value) };
  for (const operation of patch) {
    if (operation.op === 'move') {
      const moved = valueAt(root[''], operation.from);
      removeAt(root, operation.from);
      addAt(root, operation.path, moved);
    } else if (operation.op === 'remove') removeAt(root, operation.path);
    else if (operation.op === 'add') addAt(root, operation.path, structuredClone(operation.value));
    else replaceAt(root, operation.path, structuredClone(operation.value));
  }
  return root[''];
}

/** The value that a pointer names; undefined where there is none. */
export function valueAt(value: unknown, pointer: string): unknown {
  return partsOf(pointer).reduce<unknown>((at, part) => (has(at, part) ? (at as never)[part] : undefined), value);
}

function has(container: unknown, part: string): container is Container {
  if (Array.isArray(container)) return /^(0|[1-9]\d*)$/.test(part) && Number(part) < container.length;
  return typeof container === 'object' && container !== null && Object.hasOwn(container, part);
}

/** What holds the place that a pointer names, and the place's name in it. */
function holder(root: { '': unknown }, pointer: string): { readonly container: Container; readonly part: string } {
  const parts = ['', ...partsOf(pointer)];
  const part = parts.pop() as string;
  const container = valueAt(root, `${parts.map((p) => pointerOf([p])).join('')}`);
  if (typeof container !== 'object' || container === null) throw misfit(pointer);
  return { container: container as Container, part };
}

function addAt(root: { '': unknown }, pointer: string, value: unknown): void {
  const { container, part } = holder(root, pointer);
  if (!Array.isArray(container)) setKey(container, part, value);
  else if (part === '-') container.push(value);
  else if (/^(0|[1-9]\d*)$/.test(part) && Number(part) <= container.length) container.splice(Number(part), 0, value);
  else throw misfit(pointer);
}

function replaceAt(root: { '': unknown }, pointer: string, value: unknown): void {
  const { container, part } = holder(root, pointer);
  if (!has(container, part)) throw misfit(pointer);
  if (Array.isArray(container)) container[Number(part)] = value;
  else setKey(container, part, value);
}

function removeAt(root: { '': unknown }, pointer: string): void {
  const { container, part } = holder(root, pointer);
  if (!has(container, part)) throw misfit(pointer);
  if (Array.isArray(container)) container.splice(Number(part), 1);
  else delete container[part];
}

/** A key may be `__proto__`: an assignment would set the prototype. */
function setKey(container: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

function misfit(pointer: string): Error {
  return new Error(`the patch does not fit: there is no ${pointer || 'document'}`);
}
