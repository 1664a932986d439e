import { describe, expect, it } from 'vitest';
import { parseSocketTable } from './listening-ports.ts';

const line = (local: string, state = '0A') =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0`;

describe('parseSocketTable', () => {
  it.each([
    ['0100007F:332C', '127.0.0.1', 13100],
    ['00000000:0050', '0.0.0.0', 80],
    ['00000000000000000000000000000000:0050', '::', 80],
    ['0000000000000000FFFF00000100007F:3039', '127.0.0.1', 12345],
    ['B80D0120000000000000000001000000:0016', '2001:db8:0:0:0:0:0:1', 22],
  ])('must read the address %s', (local, host, port) => {
    expect(parseSocketTable(line(local))).toEqual([{ host, port, inode: '4711' }]);
  });

  it('must leave out what does not listen, and what is no line of a socket', () => {
    const table = ['  sl  local_address rem_address   st', line('0100007F:332C', '01'), '', 'x'].join('\n');
    expect(parseSocketTable(table)).toEqual([]);
  });
});
