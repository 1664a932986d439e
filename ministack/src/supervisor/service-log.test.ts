import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { contractPath, REDACTED } from '@plumbline/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildProgram, type Program } from '../common/testing-program.ts';
import { polite, startSupervisor, type TestSupervisor, until } from './testing-supervisor.ts';

let program: Program;

beforeAll(async () => {
  program = await buildProgram('supervisor');
});

afterAll(() => program.remove());

function deploy(s: TestSupervisor, name: string, secret: string): void {
  const path = contractPath('deploy', 'secret', s.root, { service: 'a', version: '1', name });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${secret}\n`);
}

/** Writes to one stream in two halves, and to the other in between. */
const inHalves = (text: string, at: number) => `
  const bytes = Buffer.from(${JSON.stringify(text)});
  const { writeSync } = require('node:fs');
  writeSync(2, bytes.subarray(0, ${at})); writeSync(1, 'between\\n'); writeSync(2, bytes.subarray(${at}));`;

it('the log of a service must hold no secret that is deployed when it is started, however it is written', async () => {
  await using s = await startSupervisor(program.path);
  // More than a pause would give of it is in the first half.
  const halves = inHalves('<s\u00e9cret-of-a-service>\n', 6);
  const others = /between\n|ready \d+\n/g;
  await s.up('a', `${halves} ${polite}`);
  // The streams are two: that one has said that it is ready does not say that the other is written.
  await until('all of it', () => s.said('a').replace(others, '').includes('<s\u00e9cret-of-a-service>'));
  const before = s.said('a').length;
  deploy(s, 'password', 's\u00e9cret-of-a-service');
  await s.up('a', `${halves} ${polite}`);
  await until('all of it, masked', () => s.said('a').slice(before).replace(others, '').includes(`<${REDACTED}>`));
  const said = s.said('a').slice(before);
  expect(said).toContain('between');
  expect(said).not.toContain('cret-of');
});

it('must hold no value of a variable that is named as a secret, and not miss what else a crash says', async () => {
  await using s = await startSupervisor(program.path);
  const world = { environment: { GF_API_TOKEN: 'a-value-of-a-token', GF_API_TOKEN_FILE: '/run/secrets/token' } };
  const script = `console.log('ready'); throw new Error('a-value-of-a-token and /run/secrets/token, a-value-of-a-tok');`;
  await s.ask('PUT', '/v1/services/b', s.spec('b', script, { world }));
  await until('it to end', async () => (await s.state())[0]?.state === 'exited');
  expect(s.said('b')).toContain(`Error: ${REDACTED} and /run/secrets/token, a-value-of-a-tok`);
  expect(s.said('b')).not.toContain('a-value-of-a-token');
});

it('must hold what a service says last while it lives, though it may begin a secret or is no whole line', async () => {
  await using s = await startSupervisor(program.path);
  deploy(s, 'password', 's\u00e9cret-of-a-service');
  // The second is said while the first is held back: it may not stand within its line.
  const script = (last: string) => `const { writeSync } = require('node:fs');
    writeSync(1, 'words'); setTimeout(() => { writeSync(2, 'a line\\n'); writeSync(1, ${JSON.stringify(last)}); }, 5);`;
  await s.up('a', `${script(' and words')} ${polite}`);
  await until('the end of a word', () => s.said('a').includes('and words'));
  expect(s.said('a')).toMatch(/^a line$/m);
});
