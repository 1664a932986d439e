import type { Node } from './jsonc.ts';

/** A comma or a comment between two members, or between one and a bracket; and what it belongs to. */
export interface Piece {
  readonly kind: 'comma' | 'line' | 'block';
  readonly start: number;
  readonly end: number;
  /**
   * `before`: on the line of the member, or the bracket, that it follows. `after`: beside the next member, or in the
   * lines directly above it. `none`: of neither, such as the head of a section, which a blank line sets apart.
   */
  readonly of: 'before' | 'after' | 'none';
}

/** What stands before a member of an object or list; after the last one too. */
export interface Gap {
  readonly start: number;
  readonly end: number;
  readonly pieces: readonly Piece[];
  /** It holds the end of a line, those inside block comments aside. */
  readonly broken: boolean;
}

/** One replacement in a text, as applyEdits takes them. */
export interface Edit {
  readonly offset: number;
  readonly length: number;
  readonly content: string;
}

type Mark = Pick<Piece, 'start' | 'end'> & { readonly kind: Piece['kind'] | 'member' | 'open' | 'close' };

export function endOf(node: Node): number {
  return node.offset + node.length;
}

/** The gap before the member `index` of an object or list. Pure. */
export function gapBefore(text: string, container: Node, index: number): Gap {
  const [previous, next] = [container.children?.[index - 1], container.children?.[index]];
  const start = previous === undefined ? container.offset + 1 : endOf(previous);
  const end = next?.offset ?? endOf(container) - 1;
  const found = [...text.slice(start, end).matchAll(/\/\/[^\r\n]*|\/\*.*?\*\/|,/gs)].map(({ 0: piece, index: at }) => ({
    kind: piece === ',' ? ('comma' as const) : piece.startsWith('//') ? ('line' as const) : ('block' as const),
    start: start + at,
    end: start + at + piece.length,
  }));
  const breaks = [...found, { start: end }].map((piece, n) =>
    breaksIn(text.slice(found[n - 1]?.end ?? start, piece.start)),
  );
  const broken = breaks.some((count) => count > 0);
  const firstBreak = broken ? breaks.findIndex((count) => count > 0) : Number.POSITIVE_INFINITY;
  const lastBreak = breaks.findLastIndex((count) => count > 0);
  const lastBlank = breaks.findLastIndex((count) => count > 1);
  const comma = found.findIndex(({ kind }) => kind === 'comma');
  const ownerOf = (n: number): Piece['of'] => {
    const besideNext = next !== undefined && n > comma && n >= lastBreak;
    if (n < firstBreak) return besideNext ? 'after' : 'before';
    return next !== undefined && n >= lastBlank ? 'after' : 'none';
  };
  return { start, end, pieces: found.map((piece, n) => ({ ...piece, of: ownerOf(n) })), broken };
}

/** The edits that remove a member with the comments that are its own, and one comma. Pure. */
export function removal(text: string, container: Node, index: number): readonly Edit[] {
  const member = container.children?.[index];
  if (member === undefined) throw new Error('there is no such member to remove');
  const [before, after] = [gapBefore(text, container, index), gapBefore(text, container, index + 1)];
  const commaIn = (gap: Gap) => gap.pieces.find(({ kind }) => kind === 'comma');
  // Without a comma of its own it is the last: that of the member before goes.
  const comma = commaIn(after) ?? commaIn(before);
  const self: Mark = { kind: 'member', start: member.offset, end: endOf(member) };
  const own = ({ pieces }: Gap, of: Piece['of']) => pieces.filter((piece) => piece.kind !== 'comma' && piece.of === of);
  const gone = new Set<Mark | undefined>([...own(before, 'after'), self, ...own(after, 'before'), comma]);
  const last = index + 1 === container.children?.length;
  const marks: readonly Mark[] = [
    { kind: index === 0 ? 'open' : 'member', start: before.start, end: before.start },
    ...before.pieces,
    self,
    ...after.pieces,
    { kind: last ? 'close' : 'member', start: after.end, end: after.end },
  ];
  return runsOf(marks, gone).map((run) => cut(text, run));
}

/** The marks that go, as far as they stand together, each time between two that stay. */
function runsOf(marks: readonly Mark[], gone: ReadonlySet<Mark | undefined>): readonly (readonly Mark[])[] {
  const stays = [...marks.keys()].filter((n) => !gone.has(marks[n]));
  return stays.map((from, n) => marks.slice(from, (stays[n + 1] ?? from) + 1)).filter((run) => run.length > 2);
}

function cut(text: string, run: readonly Mark[]): Edit {
  const [from, first, last, to] = [run[0], run[1], run.at(-2), run.at(-1)] as [Mark, Mark, Mark, Mark];
  const spaces = [text.slice(from.end, first.start), text.slice(last.end, to.start)] as const;
  const content = first === last && first.kind === 'comma' ? closed(spaces) : joined(spaces, from.kind, to.kind);
  return { offset: from.end, length: to.start - from.end, content };
}

type Spaces = readonly [before: string, after: string];

/** What is left of the space around a comma. A line of its own must not become a blank one, which would set apart. */
function closed([before, after]: Spaces): string {
  return breaksIn(before) > 0 && breaksIn(after) > 0 ? linesOf([before, after], 'larger') : before + after;
}

/** What is left of the space around a member: neither a line comment nor a blank line may get another neighbour. */
function joined([before, after]: Spaces, from: Mark['kind'], to: Mark['kind']): string {
  if (from === 'open' && to === 'close') return '';
  if (breaksIn(before) > 0 && breaksIn(after) > 0)
    return linesOf([before, after], to === 'close' ? 'after' : from === 'open' ? 'before' : 'larger');
  if (to === 'close' && from !== 'line') return after;
  return breaksIn(after) > 0 ? after : before;
}

/** The line that was begun, the line ends of one of both, and the indentation of what follows. */
function linesOf([before, after]: Spaces, which: 'before' | 'after' | 'larger'): string {
  const larger = breaksIn(after) > breaksIn(before) ? 'after' : 'before';
  const lines = (which === 'larger' ? larger : which) === 'after' ? after : before;
  const firstBreak = (space: string) => space.search(/[\r\n]/);
  const indentation = (space: string) => Math.max(space.lastIndexOf('\n'), space.lastIndexOf('\r')) + 1;
  return (
    before.slice(0, firstBreak(before)) +
    lines.slice(firstBreak(lines), indentation(lines)) +
    after.slice(indentation(after))
  );
}

export function breaksIn(space: string): number {
  return space.match(/\r\n|\r|\n/g)?.length ?? 0;
}
