import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MetricFamily, parseExposition, writeExposition } from './exposition.ts';

function read(text: string): readonly MetricFamily[] {
  const result = parseExposition(text);
  if (!result.ok) throw new Error(`${result.failure.place?.line}: ${result.failure.message}`);
  return result.value;
}

describe('parseExposition', () => {
  it('must read types, help, labels with escapes, times and special values', () => {
    const families = read(
      '# HELP x Counts \\\\ and\\nlines.\n# TYPE x counter\nx{path="C:\\\\DIR\\\\\\"a\\"\\n",} 1.5e3 1395066363000\nx { b = "," } +Inf\n# a remark\ny NaN\nz -0x1F\n',
    );
    expect(families).toEqual([
      {
        name: 'x',
        type: 'counter',
        help: 'Counts \\ and\nlines.',
        samples: [
          { name: 'x', labels: { path: 'C:\\DIR\\"a"\n' }, value: 1500, timestamp: 1395066363000 },
          { name: 'x', labels: { b: ',' }, value: Number.POSITIVE_INFINITY },
        ],
      },
      { name: 'y', type: 'untyped', samples: [{ name: 'y', labels: {}, value: Number.NaN }] },
      { name: 'z', type: 'untyped', samples: [{ name: 'z', labels: {}, value: -31 }] },
    ]);
  });

  it('must gather the lines of a histogram, and only where one is declared', () => {
    const [h, other] = read('# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\nn_count 1\n');
    expect(h?.samples.map((s) => s.name)).toEqual(['h_bucket', 'h_sum', 'h_count']);
    expect(other?.name).toBe('n_count');
  });

  it.each([
    ['x 1\ny{', 2, 'expected a label or }'],
    ['x', 1, 'expected a value'],
    ['x one', 1, 'expected a value, got "one"'],
    ['x 1 soon', 1, 'expected a timestamp'],
    ['x{a="1",a="2"} 1', 1, 'given twice'],
    ['\n\n1x 1', 3, 'expected a metric name'],
    ['# TYPE x number\n', 1, 'unknown metric type'],
    ['x 1\n# TYPE x gauge\n', 2, 'after its samples'],
    ['x{a=1} 1', 1, 'expected a label or }'],
  ])('%j must be refused at line %i: %s', (text, line, message) => {
    const result = parseExposition(text, 'page');
    expect(result.ok).toBe(false);
    if (!result.ok) {
      expect(result.failure.place).toEqual({ file: 'page', line });
      expect(result.failure.message).toContain(message);
    }
  });

  it('must read back what writeExposition writes', () => {
    const name = fc.stringMatching(/^[a-z_:][a-z0-9_:]{0,8}$/).filter((n) => !/_(bucket|sum|count)$/.test(n));
    const label = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/).filter((n) => n !== '__proto__');
    const samples = fc.array(
      fc.record({
        labels: fc.dictionary(label, fc.string(), { maxKeys: 3, noNullPrototype: true }),
        value: fc.double(),
      }),
      { maxLength: 3 },
    );
    const metric = fc.record({
      name,
      type: fc.constantFrom('counter' as const, 'gauge' as const),
      help: fc.string().filter((h) => h.trim() === h),
      samples,
    });
    fc.assert(
      fc.property(fc.uniqueArray(metric, { selector: (m) => m.name, maxLength: 3 }), (list) => {
        const families = list.map((m) => ({ ...m, samples: m.samples.map((s) => ({ name: m.name, ...s })) }));
        expect(read(writeExposition(families))).toEqual(families);
      }),
      { numRuns: 500 },
    );
  });
});
