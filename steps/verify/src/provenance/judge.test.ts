import { err, failure, ok, type Provenance, type RunningService } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { digest, identity, lockedImage } from '../../../../tests/support/images.ts';
import { judgeProvenance } from './judge.ts';

const running: RunningService = {
  service: 'loki',
  state: 'running',
  image: 'grafana/loki:3.0.0',
  standIn: true,
  programSha256: 'p'.repeat(64),
  instance: '7@2026-01-01T00:00:00.000Z',
  serviceHash: 's'.repeat(64),
  startedAt: '2026-01-01T00:00:00.000Z',
  address: '127.0.0.1:1',
  logFile: '/l',
  restarts: 0,
  lastExit: null,
};

const deployed: Provenance = {
  schema_version: '1',
  generation: 'g'.repeat(64),
  environment: 'demo',
  project: 'p',
  engine: 'embedded',
  services: {
    loki: {
      image: running.image,
      stand_in: true,
      program_sha256: running.programSha256,
      instance: running.instance,
      service_hash: running.serviceHash,
      started_at: running.startedAt,
      address: running.address,
    },
  },
};

function judge(found: readonly RunningService[], program = running.programSha256): string[] {
  const checks = judgeProvenance(deployed, { running: ok(found), programs: new Map([['loki', ok(program)]]) });
  return checks.map((check) => `${check.id} ${check.verdict} ${check.error?.code ?? ''}`.trim());
}

describe('judgeProvenance', () => {
  it('must pass what apply observed', () => {
    expect(judge([running])).toEqual(['L7.loki pass']);
  });

  it.each([
    ['runs another image', [{ ...running, image: 'grafana/loki:3.0.1' }], undefined],
    ['runs another configuration', [{ ...running, serviceHash: 'x' }], undefined],
    ['runs another program', [{ ...running, programSha256: 'x' }], undefined],
    ['would run another program if it were started now', [running], 'x'],
  ])('must fail where the service %s', (_, found, program) => {
    expect(judge(found, program)).toEqual(['L7.loki fail E_PROOF_PROVENANCE_MISMATCH']);
  });

  it('must fail where the container is made of an image that is not locked, and where its tag names another now', () => {
    const image = running.image;
    const images = { [image]: lockedImage() };
    const of = (configDigest: string, program = running.programSha256) => {
      const seen = {
        running: ok([{ ...running, identity: identity({ configDigest }) }]),
        programs: new Map([['loki', ok(program)]]),
      };
      return judgeProvenance(deployed, seen, images).map(({ verdict, error }) => `${verdict} ${error?.code ?? ''}`);
    };
    expect(of(digest('a'))).toEqual(['pass ']);
    expect(of(digest('b'))).toEqual(['fail E_PROOF_IMAGE_MISMATCH']);
    expect(of(digest('a'), 'x')).toEqual(['fail E_PROOF_PROVENANCE_MISMATCH']);
  });

  it('must be unknown where the service does not run: there is nothing to compare', () => {
    expect(judge([])).toEqual(['L7.loki unknown E_PROOF_PATH_DOWN']);
    expect(judge([{ ...running, state: 'exited' }])).toEqual(['L7.loki unknown E_PROOF_PATH_DOWN']);
  });

  it('must warn where the same program was started again', () => {
    expect(judge([{ ...running, instance: '8@later', restarts: 1 }])).toEqual([
      'L7.loki warn E_RUNTIME_SERVICE_RESTARTED',
    ]);
    // A container stays the one that was deployed.
    expect(judge([{ ...running, restarts: 2 }])).toEqual(['L7.loki warn E_RUNTIME_SERVICE_RESTARTED']);
  });

  it('must fail for a service that nobody deployed', () => {
    expect(judge([running, { ...running, service: 'miner' }])).toEqual([
      'L7.loki pass',
      'L7.miner fail E_PROOF_PROVENANCE_MISMATCH',
    ]);
  });

  it('must be unknown, and not passed, where the program on disk cannot be read', () => {
    const unreadable = failure('E_ENV_UNREADABLE', 'permission denied');
    for (const programs of [new Map([['loki', err(unreadable)]]), new Map()]) {
      const checks = judgeProvenance(deployed, { running: ok([running]), programs });
      expect(checks.map((check) => check.verdict)).toEqual(['unknown']);
    }
    const other = ok([{ ...running, programSha256: 'x' }]);
    const checks = judgeProvenance(deployed, { running: other, programs: new Map([['loki', err(unreadable)]]) });
    expect(checks.map((check) => check.verdict)).toEqual(['fail']);
  });

  it('must be unknown where the engine cannot be asked', () => {
    const checks = judgeProvenance(deployed, {
      running: { ok: false, failure: failure('E_RUNTIME_SUPERVISOR', 'no') },
      programs: new Map(),
    });
    expect(checks.map((check) => check.verdict)).toEqual(['unknown']);
  });
});
