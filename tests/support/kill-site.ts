import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Artifact } from '@plumbline/contracts';
import { type Deployment, type Ended, makeDeployment } from './deployment.ts';
import type { Engine } from './docker.ts';
import { currentArtifact, halfWritten, isJournalOpen, leftovers, pointers } from './kill-files.ts';
import type { Version } from './kill-loaded.ts';
import { isFreeWithin, runToEnd, stackTrace, words } from './kill-process.ts';
import { watchRecords } from './kill-records.ts';
import { mixedServices, remains, unwantedServices } from './kill-services.ts';
import { firstWish, type Wish, wishWriter } from './kill-wish.ts';

/** A deployment that is killed again and again, and what was found wrong with it. */
export interface Site extends AsyncDisposable {
  readonly d: Deployment;
  readonly problems: readonly string[];
  /** What stands, as the last good `up` left it; undefined where nothing does. */
  standing(): Version | undefined;
  wish(): Wish;
  ask(wish: Wish): void;
  /** Every problem is told with where it was seen. */
  at(place: string): void;
  note(problems: readonly string[]): void;
  /** Looks at the host after a kill. `more` may stand beside what stood. */
  checkKilled(more: readonly Version[]): Promise<void>;
  /** Runs `up`: it must be good, and all of what is asked for must stand after it. */
  up(): Promise<Ended>;
  /** Runs `down`: it must be good, and nothing may be left. */
  down(...flags: string[]): Promise<Ended>;
  /** Removes the deploy root of a deployment that is down. */
  forget(): void;
}

/** What was killed lets go at once; a compose that outlives it keeps the lock until it has done what it was told. */
const LOCK_MS = { processes: 10_000, containers: 60_000 };

export async function makeSite(name: string, docker?: Engine): Promise<Site> {
  const d = await makeDeployment(docker);
  const lockMs = docker === undefined ? LOCK_MS.processes : LOCK_MS.containers;
  writeFileSync(join(d.logs, 'app.log'), 'a line\n');
  const write = wishWriter(d);
  const records = watchRecords(d);
  const problems: string[] = [];
  let wished: Wish = firstWish;
  let standing: Version | undefined;
  /** What was good last: after a `down` it no longer stands, and is still known. */
  let proved: readonly Version[] = [];
  let killed: readonly Artifact[] = [];
  const told = new Set<string>();
  let place = name;
  write(wished);
  const note = (found: readonly string[]) => {
    for (const problem of found) {
      const where = problems.length === 0 ? ` (kept: ${keepEvidence(d, name)})` : '';
      problems.push(`${name}, ${place}: ${problem}${where}`);
      process.stderr.write(`${problems.at(-1)}\n`);
    }
  };
  const good = (what: string, end: Ended) => {
    note(stackTrace(end));
    if (end.code !== 0) note([`${what} after the kill: ${words(end)}`]);
    note(records.check('run'));
  };
  return {
    d,
    problems,
    standing: () => standing,
    wish: () => wished,
    ask(wish) {
      wished = wish;
      write(wish);
    },
    at(where) {
      place = where;
    },
    note,
    async checkKilled(more) {
      for (const lock of [join(d.deployRoot, '.lock'), join(d.root, 'out/.append.lock')])
        if (!(await isFreeWithin(lock, lockMs))) note([`${lock} is still held`]);
      const versions = [...(standing === undefined ? [] : [standing]), ...more];
      killed = [...killed, ...more.map((version) => version.artifact)];
      note(halfWritten(d, killed));
      for (const [name, generation] of pointers(d)) {
        if (![...versions, ...proved].some(({ artifact }) => artifact.generation === generation))
          note([`${name} names ${generation}, which is neither what stood nor what was asked for`]);
      }
      note(await mixedServices(d, versions));
      note(records.check('kill'));
    },
    async up() {
      const end = await runToEnd(d, ['up']);
      good('up', end);
      const artifact = currentArtifact(d);
      if (artifact === undefined) throw new Error(`${name}, ${place}: nothing is deployed after up, ${words(end)}`);
      standing = { wish: wished, artifact };
      proved = [standing];
      for (const [name, generation] of pointers(d))
        if (generation !== artifact.generation) note([`${name} names ${generation} after up`]);
      if (isJournalOpen(d)) note(['the journal is open after up']);
      note(halfWritten(d, killed));
      note(await unwantedServices(d, standing));
      const left = leftovers(d).filter((path) => !told.has(path));
      for (const path of left) told.add(path);
      if (left.length > 0) note([`temporary names are left: ${left.join(', ')}`]);
      return end;
    },
    async down(...flags) {
      const end = await runToEnd(d, ['down', ...flags]);
      good('down', end);
      standing = undefined;
      if (currentArtifact(d) !== undefined) note(['current is still there after down']);
      note(halfWritten(d, killed));
      note(await remains(d));
      return end;
    },
    forget() {
      rmSync(d.deployRoot, { recursive: true, force: true });
      proved = [];
    },
    [Symbol.asyncDispose]: () => d[Symbol.asyncDispose](),
  };
}

/** Copies the folders of a deployment that something is wrong with, but for its services' data; says where to. */
function keepEvidence(d: Deployment, name: string): string {
  const to = join(tmpdir(), `plumb-kill-evidence ${name.replace(/\W+/g, '-')}`);
  rmSync(to, { recursive: true, force: true });
  for (const folder of ['config', 'out']) {
    if (!existsSync(join(d.root, folder))) continue;
    cpSync(join(d.root, folder), join(to, folder), {
      recursive: true,
      filter: (path) => !path.endsWith('/volumes'),
      verbatimSymlinks: true,
    });
  }
  return to;
}
