import type { Matcher } from '@plumbline/formats/promql';
import { keyOf, type Labels, nameLabel } from '../labels.ts';
import { openJournal } from './journal.ts';
import { bitsOf, Series, staleBits } from './series.ts';

export interface Limits {
  readonly maxSamples: number;
  readonly maxSeries: number;
}

/** What is written at one moment; `stale` ends a series instead of giving it a value. */
export interface Row {
  readonly labels: Labels;
  readonly value: number | 'stale';
}

/** What became of a batch of rows. */
export interface Appended {
  readonly refused: number;
  /** Why the batch is in memory only; undefined where it is on the disk. */
  readonly unwritten?: string;
}

/** All series, in memory and in the journal. */
export interface Store {
  append(time: number, rows: readonly Row[]): Appended;
  /** Whether so many series that are not known yet would find room. */
  hasRoomFor(labelSets: readonly Labels[]): boolean;
  select(matchers: readonly Matcher[]): readonly Series[];
  all(): Iterable<Series>;
  samples(): number;
  seriesCount(): number;
  /** What is older was given up because there were too many samples; -Infinity where nothing was. */
  cutBefore(): number;
  dropBefore(time: number): void;
  close(): void;
}

/** Opens the store in a directory and reads back what is there, older samples than `keepFrom` left out. */
export function openStore(
  directory: string,
  keepFrom: number,
  limits: Limits,
  onCut: (before: number) => void = () => undefined,
): Store {
  const byKey = new Map<string, Series>();
  const byName = new Map<string, Set<Series>>();
  let samples = 0;
  let cut = Number.NEGATIVE_INFINITY;

  const series = (labels: Labels): Series => {
    const key = keyOf(labels);
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const made = new Series(labels, key);
    byKey.set(key, made);
    const name = labels[nameLabel] ?? '';
    byName.set(name, (byName.get(name) ?? new Set()).add(made));
    return made;
  };

  const dropBefore = (time: number) => {
    for (const one of byKey.values()) {
      samples -= one.dropBefore(time);
      if (one.size > 0) continue;
      byKey.delete(one.key);
      byName.get(one.labels[nameLabel] ?? '')?.delete(one);
    }
    journal.dropBefore(time);
  };

  /** Gives up the oldest tenth of the time held, until enough is gone. */
  const keepWithinLimit = () => {
    while (samples > limits.maxSamples) {
      let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const one of byKey.values()) {
        oldest = Math.min(oldest, one.times[0] ?? oldest);
        newest = Math.max(newest, one.lastTime);
      }
      if (newest <= oldest) return;
      cut = oldest + Math.max(1, (newest - oldest) / 10);
      dropBefore(cut);
      onCut(cut);
    }
  };

  const journal = openJournal(directory, (time, labels, bits) => {
    if (time >= keepFrom && series(labels).append(time, bits)) samples += 1;
  });
  keepWithinLimit();

  return {
    append(time, rows) {
      const taken: { series: Series; bits: bigint }[] = [];
      let refused = 0;
      for (const { labels, value } of rows) {
        const to = series(labels);
        const bits = value === 'stale' ? staleBits : bitsOf(value);
        if (to.append(time, bits)) taken.push({ series: to, bits });
        else if (!to.holds(time, bits)) refused += 1;
      }
      samples += taken.length;
      try {
        journal.append({ time, samples: taken });
      } catch (thrown) {
        return { refused, unwritten: thrown instanceof Error ? thrown.message : String(thrown) };
      } finally {
        keepWithinLimit();
      }
      return { refused };
    },
    hasRoomFor(labelSets) {
      let free = limits.maxSeries - byKey.size;
      if (free >= labelSets.length) return true;
      for (const labels of labelSets) if (!byKey.has(keyOf(labels))) free -= 1;
      return free >= 0;
    },
    select(matchers) {
      const name = matchers.find((m) => m.name === nameLabel && m.op === '=')?.value;
      const from = name === undefined ? byKey.values() : (byName.get(name) ?? []);
      return [...from].filter(({ labels }) => matchers.every((m) => m.test(labels[m.name] ?? '')));
    },
    all: () => byKey.values(),
    samples: () => samples,
    seriesCount: () => byKey.size,
    cutBefore: () => cut,
    dropBefore,
    close: () => journal.close(),
  };
}
