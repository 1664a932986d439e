import type { Bootstrap } from '@plumbline/contracts';
import { expect, it } from 'vitest';
import { memoryFiles } from '../../../../tests/support/files.ts';
import { observeOnHost } from './on-host.ts';

const source: Bootstrap['sources'][number] = { name: 'app', root: '/var/log', patterns: ['*'], labels: { job: 'app' } };
const file = (name: string, offset = 0, running = true) => ({ path: `/sources/app/${name}`, running, offset });

it('must tell size, age, and whether there is a whole line in what was not read, and leave out what it cannot look at', async () => {
  const files = memoryFiles({
    '/var/log/whole': 'a\n',
    '/var/log/half': 'a',
    '/var/log/read': 'a\n',
    '/var/log/huge': 'x'.repeat(2 << 20),
    '/var/log/closed': 'a\n',
    '/var/log/refused': 'a\n',
  });
  files.modified.set('/var/log/read', 5);
  files.failing.add('read /var/log/refused');
  const tailed = [
    ...['whole', 'half', 'huge', 'refused', 'gone'].map((name) => file(name)),
    file('read', 2),
    file('closed', 0, false),
  ];
  expect(await observeOnHost(tailed, source, files)).toEqual({
    '/sources/app/whole': { size: 2, modified: undefined, holdsLine: true },
    '/sources/app/half': { size: 1, modified: undefined, holdsLine: false },
    '/sources/app/huge': { size: 2 << 20, modified: undefined, holdsLine: true },
    '/sources/app/refused': { size: 2, modified: undefined, holdsLine: false },
    '/sources/app/read': { size: 2, modified: 5, holdsLine: false },
  });
});
