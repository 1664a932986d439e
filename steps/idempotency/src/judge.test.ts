import type { Report, ServiceChange } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';

const instance: NonNullable<ServiceChange['before']> = {
  instance: '7@2026-03-01T12:00:00.000Z',
  started_at: '2026-03-01T12:00:00.000Z',
  service_hash: 'a'.repeat(64),
  image: 'example/loki:1.0.0',
  program_sha256: 'b'.repeat(64),
};
const kept: ServiceChange = { change: 'keep', cause: 'it runs as described', before: instance, after: { ...instance } };
const report = (services: Record<string, ServiceChange>, operations: Report['operations'] = []) =>
  ({ services, operations }) as unknown as Report;

const failing = (of: Report) =>
  judge(of).flatMap((check) => (check.verdict === 'fail' ? [`${check.error?.code} ${check.summary}`] : []));

describe('idempotency', () => {
  it('must pass where every service was kept as it was and nothing else was done', () => {
    const checks = judge(report({ loki: kept, alloy: kept }));
    expect(checks.map((check) => `${check.id} ${check.verdict}`)).toEqual([
      'idempotency.loki pass',
      'idempotency.alloy pass',
      'idempotency.files pass',
    ]);
  });

  it.each([
    ['instance', 'its instance'],
    ['started_at', 'its start time'],
    ['service_hash', 'its configuration'],
    ['image', 'its image'],
    ['program_sha256', 'its program'],
  ])('must fail when %s is another, though the plan says that it was kept', (key, named) => {
    const changed = { ...kept, after: { ...instance, [key]: 'other' } };
    expect(failing(report({ loki: changed, alloy: kept }))).toEqual([
      `E_PROOF_NOT_IDEMPOTENT loki was kept (it runs as described); other than before: ${named}`,
    ]);
  });

  it.each([
    [
      { change: 'replace', cause: 'its configuration changed', before: instance, after: instance },
      'was replaced (its configuration changed)',
    ],
    [
      { change: 'create', cause: 'it does not run', before: null, after: instance },
      'was started (it does not run); other than before: whether it runs',
    ],
    [
      { change: 'remove', cause: 'it is gone', before: instance, after: null },
      'was stopped (it is gone); other than before: whether it runs',
    ],
  ] as const)('must fail with the cause for a service that was not kept: %j', (change, said) => {
    expect(failing(report({ loki: change }))).toEqual([`E_PROOF_NOT_IDEMPOTENT loki ${said}`]);
  });

  it('must fail for what was written though no service changed', () => {
    const seal = { op: 'rewrite_store', target: 'loki', cause: 'its files were changed', outcome: 'done' } as const;
    expect(failing(report({ loki: kept }, [seal]))).toEqual([
      'E_PROOF_NOT_IDEMPOTENT also done: rewrite_store loki (its files were changed)',
    ]);
  });
});
