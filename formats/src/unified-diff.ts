/** Lines of context around a change. */
const CONTEXT = 3;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Two texts as a unified diff, as `diff -u` and `patch` have it; empty where they are equal. Pure. */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly from: string; readonly to: string },
): string {
  if (before === after) return '';
  const lines = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines).map(([start, end]) => hunk(lines, start, end));
  return [`--- ${names.from}`, `+++ ${names.to}`, ...hunks].join('\n').concat('\n');
}

/** A last line without its line break says so, as diff does. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const last = lines.pop() as string;
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`];
}

/** By the longest common subsequence of what lies between the equal ends. */
function compare(a: readonly string[], b: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const same = (text: string): Line => ({ mark: ' ', text });
  return [...a.slice(0, head).map(same), ...middle(left, right), ...a.slice(a.length - tail).map(same)];
}

function middle(a: readonly string[], b: readonly string[]): readonly Line[] {
  // common[i][j]: the length of the longest common subsequence of a from i and b from j.
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      (common[i] as Uint32Array)[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ mark: ' ', text: a[i] as string });
      i += 1;
      j += 1;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: '-', text: a[i] as string });
      i += 1;
    } else {
      lines.push({ mark: '+', text: b[j] as string });
      j += 1;
    }
  }
  return lines;
}

/** The ranges of lines to show: each change with its context, those that touch as one. */
function hunksOf(lines: readonly Line[]): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (const [n, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const [start, end] = [Math.max(0, n - CONTEXT), Math.min(lines.length, n + CONTEXT + 1)];
    const last = ranges.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else ranges.push([start, end]);
  }
  return ranges;
}

function hunk(lines: readonly Line[], start: number, end: number): string {
  const count = (part: readonly Line[], without: Line['mark']) => part.filter(({ mark }) => mark !== without).length;
  const range = (without: Line['mark']) => {
    const length = count(lines.slice(start, end), without);
    const first = count(lines.slice(0, start), without) + (length === 0 ? 0 : 1);
    return length === 1 ? `${first}` : `${first},${length}`;
  };
  const shown = lines.slice(start, end).map(({ mark, text }) => `${mark}${text}`);
  return [`@@ -${range('+')} +${range('-')} @@`, ...shown].join('\n');
}
