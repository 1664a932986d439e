import { describe, expect, it } from 'vitest';
import { selectOne } from './jsonpath.ts';

const value = { status: 'success', data: { list: [1, 2], none: null, 'a b': true } };

describe('selectOne', () => {
  it.each([
    ['$.status', 'success'],
    ['$.data.list[1]', 2],
    ['$.data.none', null],
    ["$['data']['a b']", true],
    ['$', value],
  ])('must select by %s', (path, expected) => {
    expect(selectOne(value, path)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['$.nope', 'E_NETWORK_BAD_ANSWER', '$.nope selects nothing, not one'],
    ['$.data.list[*]', 'E_NETWORK_BAD_ANSWER', '$.data.list[*] selects 2 values, not one'],
    ['$.data.list[7]', 'E_NETWORK_BAD_ANSWER', 'selects nothing'],
    ['status', 'E_CONFIG_INVALID_VALUE', 'status is not a JSONPath'],
    ['$[', 'E_CONFIG_INVALID_VALUE', '$[ is not a JSONPath'],
  ])('must refuse %s with %s', (path, code, message) => {
    expect(selectOne(value, path)).toMatchObject({
      ok: false,
      failure: { code, message: expect.stringContaining(message) },
    });
  });
});
