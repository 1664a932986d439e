const shared = ['contracts', 'formats'];

// Which rooms a room may import, besides itself. A room that is not listed has no arrows, and importing from it is
// a violation: a new room is entered here, with what it may know.
const arrows: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  formats: ['contracts'],
  ministack: shared,
  'runner/graph': shared,
  'runner/lint': shared,
  'runner/migrations': [...shared, 'runner/lint'],
  'runner/environment': [...shared, 'runner/lint'],
  'runner/reporters': shared,
  'runner/adapters': shared,
  'runner/guard': shared,
  'runner/schedule': [...shared, 'runner/graph'],
  'runner/bundle': [...shared, 'runner/graph'],
  'runner/doctor': [...shared, 'runner/adapters'],
  'runner/images': [...shared, 'runner/adapters'],
  'runner/init': shared,
  'runner/run': [
    ...shared,
    'runner/graph',
    'runner/schedule',
    'runner/environment',
    'runner/bundle',
    'runner/guard',
    'runner/adapters',
  ],
};

// The one file that knows which steps there are.
const pipeline = 'runner/src/cli/pipeline.ts';

// Rooms that may neither look at the world nor change it; else the guard around the ports is decoration.
const pureRooms = /^(contracts|formats|runner\/graph|steps\/[^/]+)$/;
const pureNodeModules = new Set(['node:path', 'node:path/posix', 'node:util', 'node:crypto']);

/** The room of a path: a package, a step, or a folder of the runner; nothing for scripts, tests and the like. */
export function roomOf(path: string): string | undefined {
  const [first = '', second = '', third = '', fourth] = path.split('/');
  if (first === 'steps') return `steps/${second}`;
  if (first === 'runner') return second === 'src' && fourth !== undefined ? `runner/${third}` : 'runner';
  return ['contracts', 'formats', 'ministack'].includes(first) ? first : undefined;
}

/** The file that a package of the workspace answers with: the part of `exports` that this check needs to know. */
export function fileOfPackage(specifier: string): string | undefined {
  const [scope, name = '', ...rest] = specifier.split('/');
  if (scope !== '@plumbline') return undefined;
  const folder = ['contracts', 'formats', 'ministack', 'runner'].includes(name) ? name : `steps/${name}`;
  if (rest.length === 0) return `${folder}/src/index.ts`;
  return name === 'formats' ? `${folder}/src/${rest.join('/')}.ts` : `${folder}/${rest.join('/')}`;
}

export function mayImport(from: { readonly path: string; readonly test: boolean }, to: string): boolean {
  const room = roomOf(from.path);
  if (room === undefined || room === to) return true;
  if (room.startsWith('steps/')) return shared.includes(to);
  // A test may arrange its room's neighbours; no test lets one package into another.
  const runner = room.startsWith('runner') && to.startsWith('runner/');
  if (runner && (from.test || room === 'runner/cli')) return true;
  if (room === 'runner/cli') return shared.includes(to) || (from.path === pipeline && to.startsWith('steps/'));
  return arrows[room]?.includes(to) ?? false;
}

export const isPure = (path: string): boolean => pureRooms.test(roomOf(path) ?? '');

/** Steps get their randomness from a port, so even the harmless half of node:crypto stays outside. */
export function mayUseNode(path: string, module: string): boolean {
  if (!isPure(path)) return true;
  return pureNodeModules.has(module) && !(module === 'node:crypto' && path.startsWith('steps/'));
}
