import { describe, expect, it } from 'vitest';
import { checkRendered } from './check.ts';

const alloy = 'loki.write "store" {\n  endpoint {\n    url = "http://loki:3100/loki/api/v1/push"\n  }\n}\n';

describe('checkRendered', () => {
  it.each([
    ['alloy', alloy],
    ['loki', 'auth_enabled: false\n'],
    ['yaml', 'groups: []\n'],
    ['json', '{"uid": "logs"}'],
    ['ini', '[server]\nhttp_port = 3000\n'],
  ] as const)('must accept %s that the service could read', (format, text) => {
    expect(checkRendered(format, text, 'f').ok).toBe(true);
  });

  it.each([
    ['alloy', 'loki.write "store" {', 'its syntax', 1],
    [
      'alloy',
      `${alloy}loki.process "p" {\n  forward_to = [loki.write.gone.receiver]\n}\n`,
      'a component that is not there',
      7,
    ],
    ['loki', 'server:\n\thttp_listen_port: 1\n', 'a tab', 2],
    ['yaml', 'a: 1\na: 2\n', 'a key given twice', 2],
    ['json', '{"uid": }', 'a missing value', 1],
    ['ini', '[server\n', 'an open section', 1],
  ] as const)('must refuse %s %j for %s, with its line', (format, text, _, line) => {
    const checked = checkRendered(format, text, 'f');
    expect(checked.ok ? 'accepted' : checked.failure).toMatchObject({
      code: 'E_CONFIG_SERVICE_INVALID',
      place: { file: 'f', line },
    });
  });
});
