import { createScrubber } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { maskOf } from './mask.ts';

const mask = maskOf(demoEnvironment().secretsPolicy, createScrubber(['deployed-secret']));

describe('maskOf', () => {
  it.each([
    [['labels', 'env'], 'demo'],
    [['image_pins', 'loki'], 'grafana/loki:3.0.0'],
    [['path_map', 'deploy_root'], '/srv/a b/ü'],
  ])('must show %j as it is', (path, text) => {
    expect(mask(path, text)).toBe(text);
  });

  it.each([
    [['labels', 'x'], 'a deployed-secret b', 'a ***REDACTED*** b'],
    [['labels', 'x'], 'http://user:hunter2@host/', 'http://user:[REDACTED]@host/'],
    [['labels', 'x'], 'Bearer abc.def', 'Bearer [REDACTED]'],
    [['labels', 'x'], 'token=abc password=def', 'token=[REDACTED] password=[REDACTED]'],
    [['labels', 'api_key'], 'abc', '[REDACTED]'],
    [['labels', 'DB_PASSWORD'], 'abc', '[REDACTED]'],
  ])('must hide the secret of %j: %s', (path, text, shown) => {
    expect(mask(path, text)).toBe(shown);
  });
});
