import { failure, ok, sha256 } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { judgeDrift } from './judge.ts';
import { configHash, type DriftSeen, type LoadedSeen } from './observe.ts';

const text = 'limits_config:\n  retention_period: 720h\n';
const bytes = new TextEncoder().encode(text);
const hash = sha256(bytes);

function seen(change: Partial<DriftSeen> = {}): DriftSeen {
  return {
    service: 'loki',
    files: [{ path: '/store/loki.yml', rendered: hash, onHost: ok(bytes) }],
    extra: [],
    loaded: { method: 'loki-config', answer: ok('limits_config:\n  retention_period: 30d\n  other: 1\n') },
    ...change,
  };
}

function judge(change: Partial<DriftSeen>): string[] {
  return judgeDrift([seen(change)], 'embedded').map((check) =>
    `${check.id} ${check.verdict} ${check.error?.code ?? ''}`.trim(),
  );
}

const good = ['L8.loki.rendered pass', 'L8.loki.mounted skipped', 'L8.loki.loaded pass'];
const hashLoaded = (sha: string | undefined, succeeded = true): LoadedSeen => ({
  method: 'alloy-config-hash',
  answer: ok({ sha256: sha, succeeded }),
});

describe('judgeDrift', () => {
  it('must hold where rendered, on the host and loaded are one', () => {
    expect(judge({})).toEqual(good);
    expect(judge({ loaded: hashLoaded(hash) })).toEqual(good);
  });

  it.each([
    ['was edited', { files: [{ path: '/f', rendered: hash, onHost: ok(new TextEncoder().encode(`${text}#`)) }] }],
    [
      'is missing',
      { files: [{ path: '/f', rendered: hash, onHost: ok(undefined) }], loaded: { method: 'none' as const } },
    ],
    ['has a stranger beside it', { extra: ['other.yml'] }],
  ])('must fail as rendered where the file %s', (_, change) => {
    expect(judge(change)[0]).toBe('L8.loki.rendered fail E_PROOF_DRIFT_RENDERED');
  });

  it.each([
    ['another value', { method: 'loki-config' as const, answer: ok('limits_config:\n  retention_period: 24h\n') }],
    ['another file', hashLoaded('0'.repeat(64))],
    ['no file at all', hashLoaded(undefined)],
    ['the file, but failed to apply it', hashLoaded(hash, false)],
  ])('must fail as loaded where the service has loaded %s', (_, loaded) => {
    expect(judge({ loaded })).toEqual([...good.slice(0, 2), 'L8.loki.loaded fail E_PROOF_DRIFT_LOADED']);
  });

  it('must be unknown where it could not look', () => {
    const no = { ok: false as const, failure: failure('E_NETWORK_UNREACHABLE', 'no') };
    expect(judge({ loaded: { method: 'loki-config', answer: no } })[2]).toBe(
      'L8.loki.loaded unknown E_NETWORK_UNREACHABLE',
    );
    expect(judge({ loaded: { method: 'loki-config', answer: ok('a: [') } })[2]).toBe(
      'L8.loki.loaded unknown E_NETWORK_BAD_ANSWER',
    );
    expect(judge({ files: [{ path: '/f', rendered: hash, onHost: no }] })[0]).toBe(
      'L8.loki.rendered unknown E_NETWORK_UNREACHABLE',
    );
  });

  it('must skip what a service does not tell', () => {
    expect(judge({ loaded: { method: 'none' } })[2]).toBe('L8.loki.loaded skipped');
  });
});

describe('configHash', () => {
  it('must read the hash and the outcome of the last load', () => {
    const metrics = `alloy_config_hash{sha256="${hash}",cluster_name=""} 1\nalloy_config_last_load_successful 1\n`;
    expect(configHash(metrics)).toEqual(ok({ sha256: hash, succeeded: true }));
    expect(configHash(metrics.replace('successful 1', 'successful 0'))).toEqual(ok({ sha256: hash, succeeded: false }));
  });

  it('must not take a hash from anything but the metric', () => {
    expect(configHash(`# alloy_config_hash{sha256="${hash}"} 1\n`)).toEqual(
      ok({ sha256: undefined, succeeded: false }),
    );
    expect(configHash('<html>alloy_config_hash</html>').ok).toBe(false);
  });
});
