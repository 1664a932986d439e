import { failure } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { isFit, judge } from './judge.ts';
import type { Place, Said, Seen, Wanted } from './seen.ts';

const here: Said = { kind: 'said', text: '1.2.3' };
const absent: Said = { kind: 'absent' };
const GIGABYTE = 1024 ** 3;
const unreadable = { ok: false, failure: failure('E_ENV_UNREADABLE', 'cannot look') } as const;

const wanted: Wanted = {
  file: '/my repo/config/bootstrap.demo.json',
  bindAddress: '127.0.0.1',
  ports: { loki: 13100, grafana: 13101 },
  portFrom: {},
  minFreeMb: 512,
  node: '>=20.19.0',
};

function place(more: Partial<Place> = {}): Place {
  const access = { ok: true, value: { kind: 'directory', mode: 0o755, uid: 0, writable: true } } as const;
  return { name: 'output_dir', path: '/repo/out', nearest: '/repo/out', access, ...more };
}

function makeSeen(more: Partial<Seen> = {}): Seen {
  return {
    node: '20.19.0',
    npm: here,
    flock: here,
    git: here,
    docker: { cli: absent, daemon: absent, compose: absent },
    freeBytes: { ok: true, value: GIGABYTE },
    availableMemory: { ok: true, value: GIGABYTE },
    listeners: { ok: true, value: [] },
    own: { ok: true, value: new Set() },
    places: [place()],
    testTools: [{ tool: 'unshare', said: here }],
    realServices: false,
    ...more,
  };
}

const finding = (seen: Seen, id: string) => judge(seen, wanted).find((one) => one.id === id);
const docker = (daemon: Said) => makeSeen({ docker: { cli: here, daemon, compose: here } });
const closed = { ok: true, value: { kind: 'directory', mode: 0o755, uid: 0, writable: false } } as const;
const file = { ok: true, value: { kind: 'file', mode: 0o644, uid: 0, writable: true } } as const;
const listening = (host: string, port: number) =>
  makeSeen({ listeners: { ok: true, value: [{ host, port, process: { pid: 7, name: 'nc' } }] } });

describe('the doctor', () => {
  it('must call a machine without docker fit for the embedded engine, and not for docker', () => {
    const findings = judge(makeSeen(), wanted);
    expect(isFit(findings, 'embedded')).toBe(true);
    expect(isFit(findings, 'docker')).toBe(false);
    expect(isFit(judge(docker(here), wanted), 'docker')).toBe(true);
  });

  it.each<[string, Seen]>([
    ['flock', makeSeen({ flock: absent })],
    ['node', makeSeen({ node: '20.18.9' })],
    ['ports', listening('127.0.0.1', 13100)],
    ['output_dir', makeSeen({ places: [place({ access: closed })] })],
  ])('must call a machine unfit for each engine where %s is missing, and give a command that mends it', (id, seen) => {
    const findings = judge(seen, wanted);
    expect(['embedded', 'docker'].map((engine) => isFit(findings, engine))).toEqual([false, false]);
    expect(finding(seen, id)).toMatchObject({ verdict: 'missing', mend: expect.stringMatching(/\S/) });
  });

  it.each<[string, Seen]>([
    ['ports', makeSeen({ listeners: unreadable })],
    ['ports', makeSeen({ own: unreadable })],
    ['output_dir', makeSeen({ places: [place({ access: unreadable })] })],
    ['flock', makeSeen({ flock: { kind: 'unseen', why: 'no answer' } })],
  ])('must not take %s for there or missing where it could not be looked at', (id, seen) => {
    expect(finding(seen, id)?.verdict).toBe('unknown');
    expect(isFit(judge(seen, wanted), 'embedded')).toBe(false);
  });

  it('must not refuse for a guess or for what only tests need', () => {
    const seen = makeSeen({ freeBytes: { ok: true, value: 1 }, testTools: [{ tool: 'unshare', said: absent }] });
    expect(finding(seen, 'disk')).toMatchObject({ verdict: 'missing', says: 'only 0 MB are free; a run wants 512' });
    expect(finding(seen, 'unshare')).toMatchObject({ mend: 'sudo apt-get install util-linux' });
    expect(isFit(judge(seen, wanted), 'embedded')).toBe(true);
  });

  it('must accept the oldest Node and newer ones', () => {
    for (const node of ['20.19.0', '20.20.1', '22.0.0', '100.1.0']) {
      expect(finding(makeSeen({ node }), 'node')?.verdict).toBe('ok');
    }
  });

  it('must give a taken port to the next that is free, and leave our own and other addresses alone', () => {
    expect(finding(listening('0.0.0.0', 13100), 'ports')).toMatchObject({
      says: 'loki needs 127.0.0.1:13100, in use by nc (process 7)',
      mend: `sed -Ei 's/("?\\bloki"?: *)13100\\b/\\113102/' '/my repo/config/bootstrap.demo.json'`,
    });
    const from = (portFrom: Wanted['portFrom']) =>
      judge(listening('0.0.0.0', 13100), { ...wanted, portFrom }).find(({ id }) => id === 'ports')?.mend;
    expect(from({ loki: '/base.yaml' })).toMatch(/ \/base\.yaml$/);
    const flag = `./plumb doctor --config '/my repo/config/bootstrap.demo.json' --set ports.loki=13102`;
    expect(from({ loki: '--set ports.loki' })).toBe(flag);
    expect(from({ loki: 'PLUMBLINE_PORTS__LOKI' })).toBe(flag);
    const own = { ok: true, value: new Set([13100]) } as const;
    expect(finding({ ...listening('127.0.0.1', 13100), own }, 'ports')?.verdict).toBe('ok');
    expect(finding(listening('10.0.0.1', 13100), 'ports')?.verdict).toBe('ok');
  });

  it.each<[string, Partial<Place>, string]>([
    ['is closed', { access: closed }, 'sudo chown "$(id -un)" /repo/out'],
    ['cannot be made', { nearest: '/repo', access: closed }, 'sudo install -d -o "$(id -un)" /repo/out'],
    ['is a file', { access: file }, 'mv /repo/out /repo/out.old'],
  ])('must mend a directory that %s', (_, more, mend) => {
    expect(finding(makeSeen({ places: [place(more)] }), 'output_dir')).toMatchObject({ verdict: 'missing', mend });
  });

  it('must tell a daemon that does not run from one that does not let this user in', () => {
    const stopped = docker({ kind: 'refused', why: 'Cannot connect to the Docker daemon' });
    expect(finding(stopped, 'docker daemon')?.mend).toBe('sudo systemctl start docker');
    const refused = docker({ kind: 'refused', why: 'permission denied while trying to connect' });
    expect(finding(refused, 'docker daemon')?.mend).toContain('usermod -aG docker');
    expect(finding(makeSeen(), 'docker daemon')?.mend).toContain('apt-get install docker.io');
  });
});
