import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeRecord } from './alloy/ship/record.ts';
import { openUsers } from './grafana/store/users.ts';
import { openJournal as openLoki } from './loki/store/journal.ts';
import { openJournal as openPrometheus } from './prometheus/store/journal.ts';

test.each([
  ['Loki', (directory: string) => openLoki(directory, () => undefined).close()],
  ['Prometheus', (directory: string) => openPrometheus(directory, () => undefined).close()],
  [
    'Grafana',
    (directory: string) =>
      openUsers(directory, { create: true, login: 'admin', password: 'p', email: 'a@b' }, () => 1000),
  ],
  ['Alloy', (directory: string) => writeRecord(directory, { lastNs: 1n, files: {}, pushes: [] })],
])('the data of %s must be for its owner alone', (_, write) => {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-modes-'));
  const umask = process.umask(0o022);
  onTestFinished(() => {
    process.umask(umask);
    rmSync(root, { recursive: true, force: true });
  });
  write(join(root, 'data'));
  const found = readdirSync(root, { recursive: true, withFileTypes: true });
  expect(found.filter((entry) => entry.isFile())).not.toEqual([]);
  for (const entry of found) {
    const path = join(entry.parentPath, entry.name);
    expect([path, (statSync(path).mode & 0o777).toString(8)]).toEqual([path, entry.isFile() ? '600' : '700']);
  }
});
