import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../tests/support/files.ts';
import { checkOwn } from './own-root.ts';

const own = {
  'owner.json': '{}',
  'journal.jsonl': '',
  'store/loki-0123456789ab/loki.yml': '',
  [`generations/${'a'.repeat(64)}/artifact.json`]: '{}',
  'secrets/grafana/1/admin_password': 'x',
  'volumes/loki-data/chunks/1': '',
  'logs/loki.log': '',
  'something/else': '',
};

async function refused(change: (files: ReturnType<typeof memoryFiles>) => void): Promise<string> {
  const files = memoryFiles(Object.fromEntries(Object.entries(own).map(([path, text]) => [`/root/${path}`, text])));
  change(files);
  const checked = await checkOwn('/root', files);
  return checked.ok ? 'accepted' : `${checked.failure.code} ${checked.failure.place?.file}`;
}

const led = (path: string) => (files: ReturnType<typeof memoryFiles>) => {
  for (const name of [...files.content.keys()]) if (name.startsWith(`/root/${path}`)) files.content.delete(name);
  files.links.set(`/root/${path}`, '/elsewhere');
  files.made.add(`/root/${path}`.replace(/\/[^/]+$/, ''));
};

describe('what stands in a deploy root', () => {
  it('must be accepted where it is as apply puts it there, and where there is nothing', async () => {
    expect(await refused(() => undefined)).toBe('accepted');
    expect(await refused((files) => files.content.clear())).toBe('accepted');
  });

  it.each([
    'store',
    'store/loki-0123456789ab',
    'generations',
    `generations/${'a'.repeat(64)}`,
    'secrets',
    'secrets/grafana',
    'secrets/grafana/1',
    'volumes',
    'volumes/loki-data',
    'probe',
    'logs',
    'journal.jsonl',
    'supervisor.log',
  ])('must be refused with a link in the place of %s', async (path) => {
    expect(await refused(led(path))).toBe(`E_ENV_ROOT_UNSAFE /root/${path}`);
  });

  it('must be refused with a file in the place of a directory, and a directory in the place of a file', async () => {
    expect(await refused((files) => files.write('/root/probe', ''))).toBe('E_ENV_ROOT_UNSAFE /root/probe');
    const made = await refused((files) => void files.write('/root/supervisor.json/x', ''));
    expect(made).toBe('E_ENV_ROOT_UNSAFE /root/supervisor.json');
  });

  it('must be accepted with what is nobody’s, and with what a write that was cut off has left', async () => {
    expect(await refused(led('something'))).toBe('accepted');
    expect(await refused(led('store/loki-0123456789ab.12.0123abcd.new'))).toBe('accepted');
    expect(await refused(led('secrets/grafana/1/x'))).toBe('accepted');
    expect(await refused(led('secrets/grafana/wanted'))).toBe('accepted');
  });
});
