import { afterEach, expect, test } from 'vitest';
import { type Bench, type BenchOptions, bench } from '../testing.ts';

const t0 = 1_795_227_747_000_000_000n;
const at = (offsetMs: number) => String(t0 + BigInt(offsetMs) * 1_000_000n);
let loki: Bench;

afterEach(() => loki.stop());

async function open(options: BenchOptions = {}): Promise<void> {
  loki = await bench({ now: () => t0, ...options });
}

async function pushed(streams: readonly object[]): Promise<string> {
  const response = await loki.push(streams);
  return `${response.status} ${await response.text()}`.trim();
}

async function lines(query: string): Promise<readonly (readonly [string, string])[]> {
  const params = { query, direction: 'forward', limit: '5000', start: at(-3_600_000), end: at(600_000) };
  const answer = (await (await loki.get('/loki/api/v1/query_range', params)).json()) as {
    data: { result: { values: [string, string][] }[] };
  };
  return answer.data.result.flatMap((r) => r.values).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const one = (labels: object, ...values: unknown[][]) => [{ stream: labels, values }];

test('valid entries of a push must be kept while invalid ones are refused', async () => {
  await open();
  const old = String(t0 - 169n * 3_600_000_000_000n);
  expect(await pushed(one({ job: 'a' }, [at(0), 'good'], [old, 'bad'], [at(1), 'good too'], [old, 'bad too']))).toBe(
    `400 2 errors like: entry for stream '{job="a", service_name="a"}' has timestamp too old: 2026-11-14T01:22:27Z, oldest acceptable timestamp is: 2026-11-14T02:22:27Z`,
  );
  expect((await lines('{job="a"}')).map(([, line]) => line)).toEqual(['good', 'good too']);
});

test('the edges of the accepted times must be where the limits put them', async () => {
  await open();
  const [oldest, newest] = [t0 - 168n * 3_600_000_000_000n, t0 + 600_000_000_000n];
  expect(await pushed(one({ job: 'a' }, [String(oldest), 'x'], [String(newest), 'y']))).toBe('204');
  expect(await pushed(one({ job: 'a' }, [String(oldest - 1n), 'x']))).toContain('has timestamp too old');
  expect(await pushed(one({ job: 'a' }, [String(newest + 1n), 'x']))).toContain('has timestamp too new');
});

test('a line may have max_line_size bytes and no more', async () => {
  await open({ limits: 'max_line_size: 1KB' });
  expect(await pushed(one({ job: 'a' }, [at(0), 'é'.repeat(512)]))).toBe('204');
  expect(await pushed(one({ job: 'a' }, [at(0), `é${'x'.repeat(1023)}`]))).toBe(
    `400 max entry size '1024' bytes exceeded for stream '{job="a", service_name="a"}' while adding an entry with length '1025' bytes`,
  );
});

test('label limits must hold for the labels that were sent', async () => {
  await open({ limits: 'max_label_name_length: 4, max_label_value_length: 5, max_label_names_per_series: 2' });
  expect(await pushed(one({ abcd: 'x', b: '12345' }, [at(0), 'l']))).toBe('204');
  expect(await pushed(one({ abcde: 'x' }, [at(0), 'l']))).toBe(
    `400 stream '{abcde="x"}' has label name too long: 'abcde'`,
  );
  expect(await pushed(one({ b: '123456' }, [at(0), 'l']))).toBe(
    `400 stream '{b="123456"}' has label value too long: '123456'`,
  );
  expect(await pushed(one({ a: '1', b: '2', c: '3' }, [at(0), 'l']))).toBe(
    `400 entry for stream '{a="1", b="2", c="3"}' has 3 label names; limit 2`,
  );
});

test('a stream beyond max_global_streams_per_user must be refused with 429, and known ones still taken', async () => {
  await open({ limits: 'max_global_streams_per_user: 2' });
  const streams = ['a', 'b', 'c'].flatMap((job) => one({ job }, [at(0), job]));
  expect(await pushed(streams)).toContain(
    '429 maximum active stream limit exceeded when trying to create stream {job="c", service_name="c"}',
  );
  expect((await lines('{job=~".+"}')).map(([, line]) => line)).toEqual(['a', 'b']);
  expect(await pushed(one({ job: 'a' }, [at(1), 'a2']))).toBe('204');
});

test('structured metadata must be taken where it is allowed, and refused where it is not', async () => {
  const streams = one({ job: 'a' }, [at(0), 'l', { trace: 'x' }]);
  await open();
  expect(await pushed(streams)).toBe('204');
  expect((await lines('{job="a"} | trace="x"')).length).toBe(1);
  await loki.stop();
  await open({ metadata: false });
  expect(await pushed(streams)).toContain('includes structured metadata, but this feature is disallowed');
  expect(await pushed(one({ job: 'a' }, [at(0), 'l']))).toBe('204');
});

test('the same line at the same time must be stored once, late ones and restarts included', async () => {
  await open();
  const batch = one({ job: 'a' }, [at(0), 'x'], [at(0), 'y'], [at(0), 'x'], [at(-500), 'late'], [at(5), 'x']);
  for (let n = 0; n < 3; n += 1) expect(await pushed(batch)).toBe('204');
  const wanted = [
    [at(-500), 'late'],
    [at(0), 'x'],
    [at(0), 'y'],
    [at(5), 'x'],
  ];
  expect(await lines('{job="a"}')).toEqual(wanted);
  await loki.restart();
  expect(await pushed(batch)).toBe('204');
  expect(await pushed(one({ job: 'a' }, [at(-900), 'later'], [at(-500), 'late']))).toBe('204');
  expect(await lines('{job="a"}')).toEqual([[at(-900), 'later'], ...wanted]);
});

test('late lines must come back in the order of time, whatever order they were pushed in', async () => {
  await open();
  const offsets = Array.from({ length: 200 }, (_, n) => (n * 7919) % 200);
  for (let n = 0; n < 200; n += 20) {
    expect(await pushed(one({ job: 'a' }, ...offsets.slice(n, n + 20).map((o) => [at(o), `line ${o}`])))).toBe('204');
  }
  expect((await lines('{job="a"}')).map(([, line]) => line)).toEqual(offsets.map((_, n) => `line ${n}`));
});

test('a service name must be given from the first label that the configuration lists', async () => {
  await open();
  const names = async (labels: object) => {
    await pushed(one({ ...labels, probe: 'p' }, [at(0), JSON.stringify(labels)]));
    const found = (await (await loki.get('/loki/api/v1/series', { 'match[]': '{probe="p"}' })).json()) as {
      data: Record<string, string>[];
    };
    return found.data.find((s) => Object.entries(labels).every(([k, v]) => s[k] === v))?.service_name;
  };
  expect(await names({ job: 'j', container: 'c' })).toBe('c');
  expect(await names({ job: 'j2', service: 's' })).toBe('s');
  expect(await names({ host: 'h' })).toBe('unknown_service');
  expect(await names({ service_name: 'own', app: 'a' })).toBe('own');
});

test('a push refused for its time must leave its labels in the index, also after a restart', async () => {
  await open();
  expect(await pushed(one({ job: 'ghost' }, [at(-999_999_999), 'x']))).toContain('400');
  const values = async () => (await (await loki.get('/loki/api/v1/label/job/values')).json()) as { data?: string[] };
  expect((await values()).data).toEqual(['ghost']);
  await loki.restart();
  expect((await values()).data).toEqual(['ghost']);
});

test('lines older than the retention must be gone after a start, and newer ones not', async () => {
  let now = t0;
  await open({
    limits: 'retention_period: 24h',
    compactor: 'retention_enabled: true, delete_request_store: filesystem',
    now: () => now,
  });
  expect(await pushed(one({ job: 'a' }, [at(-3_600_000), 'old'], [at(0), 'new']))).toBe('204');
  now = t0 + 23n * 3_600_000_000_000n + 1n;
  expect((await lines('{job="a"}')).map(([, line]) => line)).toEqual(['old', 'new']);
  await loki.restart();
  expect((await lines('{job="a"}')).map(([, line]) => line)).toEqual(['new']);
});
