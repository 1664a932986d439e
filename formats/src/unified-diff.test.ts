import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const names = { from: 'a', to: 'b' };

/** What `patch` makes of a text by a diff: it fails where a line is not the one that the diff names. */
function patched(text: string, diff: string): string {
  const before = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const after: string[] = [];
  let n = 0;
  for (const hunk of diff.split(/^@@ /m).slice(1)) {
    const [, first = '', length = '1'] = /^-(\d+)(?:,(\d+))? /.exec(hunk) ?? [];
    const start = Number(first) - (length === '0' ? 0 : 1);
    after.push(...before.slice(n, start));
    n = start;
    const body = hunk.slice(hunk.indexOf('\n') + 1).replaceAll('\n\\ No newline at end of file\n', '\0');
    for (const line of body.match(/[^\n\0]*[\n\0]/g) ?? []) {
      const content = line.slice(1, -1) + (line.endsWith('\0') ? '' : '\n');
      if (line[0] !== '+') expect(before[n]).toBe(content);
      if (line[0] !== '+') n += 1;
      if (line[0] !== '-') after.push(content);
    }
  }
  return [...after, ...before.slice(n)].join('');
}

describe('unifiedDiff', () => {
  it('must say nothing where nothing changed', () => {
    expect(unifiedDiff('a\n', 'a\n', names)).toBe('');
  });

  it('must show what changed with three lines around it', () => {
    const text = [...'abcdefghij'].map((line) => `${line}\n`).join('');
    expect(unifiedDiff(text, text.replace('e\n', 'E\nF\n'), names)).toBe(
      '--- a\n+++ b\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+F\n f\n g\n h\n',
    );
  });

  it('must tell of a last line without a line break', () => {
    expect(unifiedDiff('a', 'a\n', names)).toBe('--- a\n+++ b\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n');
  });

  it('must lead from the one text to the other', () => {
    const text = fc
      .array(fc.constantFrom('a\n', 'b\n', '\n', 'c\n', 'd'), { maxLength: 30 })
      .map((lines) => lines.join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(patched(before, unifiedDiff(before, after, names))).toBe(after);
      }),
    );
  });
});
