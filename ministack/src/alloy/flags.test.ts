import { describe, expect, it } from 'vitest';
import { parseFlags } from './flags.ts';

describe('parseFlags', () => {
  it('must read the command line of the real one', () => {
    const argv = [
      'run',
      '/etc/alloy/config.alloy',
      '--storage.path=/data',
      '--server.http.listen-addr',
      '0.0.0.0:12345',
      '--disable-reporting',
    ];
    expect(parseFlags(argv)).toEqual({
      ok: true,
      value: { config: '/etc/alloy/config.alloy', storagePath: '/data', listenPort: '12345' },
    });
  });

  it.each([
    [[], 'expected the command "run"'],
    [['walk'], 'unknown command "walk" for "alloy"'],
    [['run'], 'accepts 1 arg(s), received 0'],
    [['run', 'a', 'b'], 'accepts 1 arg(s), received 2'],
    [['run', 'a', '--nope'], 'unknown flag: --nope'],
    [['run', 'a', '--storage.path'], 'flag needs an argument: --storage.path'],
    [['run', 'a', '--disable-reporting=perhaps'], 'invalid argument "perhaps"'],
    [['run', 'a', '--server.http.listen-addr=here'], 'invalid argument "here"'],
  ])('%j must be refused: %s', (argv, message) => {
    expect(parseFlags(argv)).toMatchObject({ ok: false, failure: { message: expect.stringContaining(message) } });
  });
});
