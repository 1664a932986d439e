import { describe, expect, it } from 'vitest';
import { type Candidate, plan } from './plan.ts';
import { rotatedNames } from './siblings.ts';
import type { Place } from './state.ts';

const read100: Place = { dev: '1', ino: '7', offset: 100, before: 'b', start: 's' };
const read0: Place = { dev: '1', ino: '7', offset: 0, before: '', start: '' };

function file(path: string, ino: string, size: number, how: 'matches' | 'prefix' | 'other' = 'other'): Candidate {
  return { path, dev: '1', ino, size, matches: how === 'matches', prefix: how === 'prefix' };
}

interface Case {
  readonly name: string;
  readonly saved: Place;
  readonly known?: readonly string[];
  readonly live?: Candidate;
  readonly siblings?: readonly Candidate[];
  /** `path@from`, with a `+` where it continues. */
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'the file has grown', saved: read100, live: file('log', '7', 150, 'matches'), expected: ['log@100+'] },
  { name: 'nothing happened', saved: read100, live: file('log', '7', 100, 'matches'), expected: ['log@100+'] },
  {
    name: 'nothing was read and nothing rotated',
    saved: read0,
    known: ['6'],
    live: file('log', '7', 9),
    siblings: [file('log.1', '6', 5)],
    expected: ['log@0+'],
  },
  {
    name: 'renamed, with a new live file',
    saved: read100,
    live: file('log', '8', 30),
    siblings: [file('log.1', '7', 150, 'matches')],
    expected: ['log.1@100+', 'log@0'],
  },
  {
    name: 'renamed, and no new file yet',
    saved: read100,
    siblings: [file('log.1', '7', 150, 'matches')],
    expected: ['log.1@100+'],
  },
  {
    name: 'renamed before anything was read',
    saved: read0,
    live: file('log', '8', 30),
    siblings: [file('log.1', '7', 150)],
    expected: ['log.1@0+', 'log@0'],
  },
  {
    name: 'renamed three times while it was down',
    saved: read100,
    known: ['6'],
    live: file('log', '10', 1),
    siblings: [
      file('log.4', '6', 50),
      file('log.3', '7', 150, 'matches'),
      file('log.2', '8', 60),
      file('log.1', '9', 70),
    ],
    expected: ['log.3@100+', 'log.2@0', 'log.1@0', 'log@0'],
  },
  {
    name: 'copied and truncated',
    saved: read100,
    live: file('log', '7', 0),
    siblings: [file('log.1', '8', 150, 'matches')],
    expected: ['log.1@100+', 'log@0'],
  },
  {
    name: 'copied, truncated and grown past the offset',
    saved: read100,
    live: file('log', '7', 900),
    siblings: [file('log.1', '8', 150, 'matches')],
    expected: ['log.1@100+', 'log@0'],
  },
  {
    name: 'copied and truncated twice while it was down',
    saved: read100,
    live: file('log', '7', 5),
    siblings: [file('log.2', '8', 150, 'matches'), file('log.1', '9', 70)],
    expected: ['log.2@100+', 'log.1@0', 'log@0'],
  },
  {
    name: 'copied and truncated where all files look alike: the oldest unseen copy is the one',
    saved: read100,
    known: ['6'],
    live: file('log', '7', 5),
    siblings: [
      file('log.3', '6', 150, 'matches'),
      file('log.2', '8', 150, 'matches'),
      file('log.1', '9', 120, 'matches'),
    ],
    expected: ['log.2@100+', 'log.1@0', 'log@0'],
  },
  {
    name: 'copied while it was read further: the copy is read already',
    saved: read100,
    live: file('log', '7', 5),
    siblings: [file('log.1', '8', 80, 'prefix')],
    expected: ['log@0'],
  },
  {
    name: 'copied and truncated before anything was read',
    saved: read0,
    known: ['6'],
    live: file('log', '7', 5),
    siblings: [file('log.2', '6', 50), file('log.1', '8', 80)],
    expected: ['log.1@0', 'log@0+'],
  },
  {
    name: 'copied, truncated and then renamed before anything was read',
    saved: read0,
    live: file('log', '9', 5),
    siblings: [file('log.2', '8', 50), file('log.1', '7', 80)],
    expected: ['log.2@0', 'log.1@0+', 'log@0'],
  },
  {
    name: 'a copy that is being made before anything was read, and is not truncated yet',
    saved: read0,
    live: file('log', '7', 80),
    siblings: [{ ...file('log.1', '8', 70), copying: true }],
    expected: ['log@0+'],
  },
  { name: 'truncated, without a copy', saved: read100, live: file('log', '7', 5), expected: ['log@0'] },
  { name: 'truncated and grown past the offset', saved: read100, live: file('log', '7', 500), expected: ['log@0'] },
  {
    name: 'truncated beside old rotated files: they are not read again',
    saved: read100,
    known: ['5', '6'],
    live: file('log', '7', 5),
    siblings: [file('log.2', '5', 500), file('log.1', '6', 500)],
    expected: ['log@0'],
  },
  { name: 'removed, and its inode used again', saved: read100, live: file('log', '7', 40), expected: ['log@0'] },
  {
    name: 'rotated out of retention: what was not seen is read',
    saved: read100,
    known: ['5'],
    live: file('log', '9', 3),
    siblings: [file('log.3', '5', 500), file('log.2', '6', 50), file('log.1', '8', 60)],
    expected: ['log.2@0', 'log.1@0', 'log@0'],
  },
  {
    name: 'replaced by a file that begins with the same content',
    saved: read100,
    live: file('log', '9', 130, 'matches'),
    expected: ['log@100+'],
  },
  { name: 'removed', saved: read100, expected: [] },
];

describe('plan', () => {
  it.each(cases)('must read on rightly: $name', ({ saved, known = [], live, siblings = [], expected }) => {
    const segments = plan(saved, new Set(known), live, siblings);
    expect(segments.map((s) => `${s.file.path}@${s.from}${s.continues ? '+' : ''}`)).toEqual(expected);
  });
});

describe('rotatedNames', () => {
  it('must order numbers downwards and dates upwards, and leave out what is no rotation', () => {
    const names = [
      'a.log',
      'a.log.1',
      'a.log.10',
      'a.log.2',
      'a.log.3.gz',
      'a.log.old',
      'b.log.1',
      'a.log-20240102',
      'a.log-20231231',
      'a.log-x',
      'a.logs.1',
    ];
    expect(rotatedNames('/d/a.log', names)).toEqual([
      'a.log-20231231',
      'a.log-20240102',
      'a.log.10',
      'a.log.2',
      'a.log.1',
    ]);
  });
});
