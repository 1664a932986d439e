import { describe, expect, it } from 'vitest';
import { type Loose, makeSubject, makeWorld, stackFiles } from '../../../../tests/support/lint.ts';
import type { World } from '../finding.ts';
import { lintConfig } from '../lint-config.ts';
import { circleOf } from './start-order.ts';

const evil = '\u001b[2J\u001b]0;pwn\u0007\u009b1mx';

/** For each rule that quotes what the file says, a file that says it with what a terminal would obey. */
const cases: readonly {
  readonly rule: string;
  readonly change: (config: Loose) => unknown;
  readonly world?: Partial<World>;
}[] = [
  { rule: 'project-name', change: (c) => (c.compose_project_name = evil) },
  { rule: 'placeholder', change: (c) => (c.labels[evil] = `${evil} CHANGE_ME`) },
  { rule: 'image-tag', change: (c) => (c.image_pins.loki = evil) },
  { rule: 'image-tag', change: (c) => (c.image_pins[evil] = 'grafana/loki') },
  { rule: 'service-unknown', change: (c) => (c.ports[evil] = 13999) },
  { rule: 'service-unknown', change: (c) => (c.image_pins[evil] = 'a:1') },
  { rule: 'port-range', change: (c) => (c.ports[evil] = evil) },
  { rule: 'port-distinct', change: (c) => Object.assign(c, { ports: { [evil]: 13999, [`${evil}2`]: 13999 } }) },
  {
    rule: 'port-free',
    change: (c) => (c.ports[evil] = 13999),
    world: { listeners: [{ host: '0.0.0.0', port: 13999, process: { pid: 7, name: evil } }] },
  },
  { rule: 'path-absolute', change: (c) => (c.path_map[evil] = `~/${evil}`) },
  { rule: 'source-name', change: (c) => (c.sources = [1, 2].map(() => ({ ...c.sources[0], name: evil }))) },
  { rule: 'toggle-boolean', change: (c) => (c.offline_mode = evil) },
  { rule: 'retention', change: (c) => (c.limits.retention = evil) },
  { rule: 'stack-found', change: (c) => (c.stack = evil) },
  { rule: 'stack-found', change: (c) => (c.path_map.stacks_dir = `/${evil}`) },
  { rule: 'profile-known', change: (c) => (c.profile = evil) },
  {
    rule: 'profile-known',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: [evil], default: 'dev' } }),
  },
  {
    rule: 'profile-known',
    change: (c) => (c.filesystem = { profiles: { enabled: true, values: [evil, evil], default: evil } }),
  },
  { rule: 'run-dir', change: (c) => (c.filesystem = { naming: { run_dir: `{${evil}}` } }) },
  { rule: 'unknown-key', change: (c) => (c[evil] = evil) },
  { rule: 'invalid-value', change: (c) => (c.engine = evil) },
];

describe('a message', () => {
  it.each(cases)('of $rule must show a control character of the file, and not have it', ({ rule, change, world }) => {
    const messages = lintConfig(makeSubject(change, makeWorld(world)))
      .filter((one) => one.rule === rule)
      .flatMap(({ message, hint }) => [message, hint ?? '']);
    expect(messages.some((text) => text.includes('\\u001b[2J\\u001b]0;pwn\\u0007\\u009b1mx'))).toBe(true);
    expect(messages.filter((text) => /\p{Cc}/u.test(text))).toEqual([]);
  });

  it('of the files of a stack must show it too', () => {
    const files = stackFiles();
    const redaction = [{ name: evil, expression: `(${evil}`, sample: '{secret}' }] as const;
    const policy = { ...files.policy, redaction } as unknown as typeof files.policy;
    const world = makeWorld({ stacks: new Map([['/repo/config/stacks/observability', { ...files, policy }]]) });
    const messages = lintConfig(makeSubject(undefined, world)).map(({ message }) => message);
    expect(messages).toHaveLength(1);
    expect(messages.filter((text) => /\p{Cc}/u.test(text))).toEqual([]);
    const services = { [evil]: { ...files.stack.services.loki!, after: [evil] } };
    expect(circleOf(services)?.message).not.toMatch(/\p{Cc}/u);
  });
});
