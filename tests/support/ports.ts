import {
  type ClockPort,
  type Endpoint,
  type EndpointHealth,
  type EnginePort,
  err,
  failure,
  type HealthPort,
  type HostPort,
  type HttpAnswer,
  type HttpOptions,
  type HttpPort,
  ok,
  type Ports,
  type Result,
  type RunningService,
  type SecretsPort,
} from '../../contracts/src/index.ts';
import { memoryFiles } from './files.ts';

/** 2026-03-01T12:00:00Z */
export const NOON = Date.UTC(2026, 2, 1, 12);

/** A clock that moves only when someone sleeps, and not at all where it is frozen. */
export function fakeClock({ start = NOON, frozen = false } = {}): ClockPort & {
  readonly sleeps: number[];
  advance(ms: number): void;
} {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    advance: (ms) => {
      now += ms;
    },
    now: () => now,
    nowNs: () => `${BigInt(now) * 1_000_000n}`,
    async sleep(ms) {
      sleeps.push(ms);
      if (!frozen) now += ms;
    },
  };
}

/** An HTTP port that answers from a function and keeps what it was asked. */
export function fakeHttp(
  answer: (url: string, options: HttpOptions) => HttpAnswer | Result<HttpAnswer> | string,
): HttpPort & { readonly asked: string[]; readonly sent: unknown[] } {
  const asked: string[] = [];
  const sent: unknown[] = [];
  const get: HttpPort['get'] = async (url, options) => {
    asked.push(url);
    const found = answer(url, options);
    if (typeof found === 'string') return ok({ status: 200, headers: {}, body: found });
    return 'ok' in found ? found : ok(found);
  };
  return {
    asked,
    excerpt: (body) => body.trim().slice(0, 200),
    sent,
    get,
    async put(url, body, options) {
      sent.push(body);
      return get(url, options);
    },
  };
}

/** A service of the engine, running as it should. */
export function running(service: string, more: Partial<RunningService> = {}): RunningService {
  return {
    service,
    state: 'running',
    image: `example/${service}:1.0.0`,
    standIn: true,
    programSha256: 'b'.repeat(64),
    instance: `1-${service}`,
    serviceHash: 'a'.repeat(64),
    startedAt: '2026-03-01T12:00:00.000Z',
    address: '127.0.0.1:1234',
    logFile: `/deploy/logs/${service}.log`,
    restarts: 0,
    lastExit: null,
    ...more,
  };
}

export interface FakeEngine extends EnginePort {
  readonly calls: string[];
  /** Changed by a test to say what runs. */
  services: readonly RunningService[];
  /** Calls that fail, as `up loki`. */
  readonly failing: Set<string>;
  /** Service -> its last words. */
  readonly said: Map<string, readonly string[]>;
  /** Volumes that are there. */
  data: readonly string[];
}

export function fakeEngine(services: readonly RunningService[] = []): FakeEngine {
  const calls: string[] = [];
  const failing = new Set<string>();
  const call = (text: string): Result<void> => {
    calls.push(text);
    return failing.has(text) ? err(failure('E_RUNTIME_SUPERVISOR', `${text} failed`)) : ok(undefined);
  };
  const engine: FakeEngine = {
    name: 'fake',
    calls,
    services,
    failing,
    said: new Map(),
    data: [],
    lastWords: async (service, lines) => ok((engine.said.get(service) ?? []).slice(-lines)),
    volumes: async () => ok(engine.data),
    async evidence(service, lines) {
      if (failing.has(`evidence ${service}`)) return err(failure('E_RUNTIME_SUPERVISOR', 'gone'));
      const state = engine.services.find((one) => one.service === service);
      return ok(state && { log: (engine.said.get(service) ?? []).slice(-lines), state });
    },
    program: async () => ok('b'.repeat(64)),
    observe: async () => (failing.has('observe') ? err(failure('E_RUNTIME_SUPERVISOR', 'gone')) : ok(engine.services)),
    async up(service, composeFile, variables) {
      const done = call(`up ${service}`);
      calls.push(`from ${composeFile}${variables === undefined ? '' : ` with ${variables}`}`);
      if (!done.ok) return done;
      const started = running(service);
      engine.services = [...engine.services.filter((s) => s.service !== service), started];
      return ok(started);
    },
    stop: async (service) => call(`stop ${service}`),
    async down({ volumes }) {
      const names = engine.services.map((s) => s.service);
      const done = call(`down${volumes ? ' with volumes' : ''}`);
      if (!done.ok) return done;
      engine.services = [];
      return ok(names);
    },
  };
  return engine;
}

/** An endpoint of a health contract. */
export function endpoint(id: string, service: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    id,
    service,
    ready: true,
    required: true,
    path: '/ready',
    expect: { status: 200, body: { type: 'text', equals: 'ready' } },
    timeout_ms: 1000,
    retries: 5,
    backoff_ms: 500,
    ...more,
  };
}

/** Health that answers from a function: the message of what is wrong, or undefined where the endpoint holds. */
export function fakeHealth(
  endpoints: readonly Endpoint[],
  problem: (endpoint: Endpoint, asked: number) => string | undefined = () => undefined,
): HealthPort & { readonly asked: string[] } {
  const asked: string[] = [];
  const port: ReturnType<typeof fakeHealth> = {
    endpoints,
    asked,
    under: () => port,
    api: (name, tokens = {}) => ({ url: `http://api/${[name, ...Object.values(tokens)].join('/')}`, timeoutMs: 1000 }),
    async check(wanted): Promise<EndpointHealth> {
      asked.push(wanted.id);
      const wrong = problem(wanted, asked.filter((id) => id === wanted.id).length);
      const attempt = { at: '2026-03-01T12:00:00.000Z', duration_ms: 1 };
      const found = { endpoint: wanted, url: `http://${wanted.service}${wanted.path}` };
      if (wrong === undefined) return { ...found, healthy: true, attempts: [{ ...attempt, status: 200 }] };
      const attempts = [{ ...attempt, problem: wrong }];
      return { ...found, healthy: false, attempts, failure: failure('E_NETWORK_BAD_ANSWER', wrong) };
    },
  };
  return port;
}

/** Secrets that are the same in every test. */
export const fakeSecrets: SecretsPort = {
  random: (bytes) => '0123456789abcdef'.repeat(8).slice(0, bytes * 2),
  plant: () => 'pl4nted-S3cret_of-the_t3st',
  clean: (text) => text.replaceAll('pl4nted-S3cret_of-the_t3st', '***').replaceAll('a-password-of-the-test', '***'),
  look: async () => ok(undefined),
  read: async () => ok('a-password-of-the-test'),
};

/** A host on which everything is as it should be, changed as a test needs it. */
export function fakeHost(given: Partial<HostPort> = {}): HostPort {
  return {
    uid: 1000,
    which: async (tool) => ok(`/usr/bin/${tool}`),
    listening: async () => ok([]),
    access: async () => ok({ kind: 'directory', mode: 0o755, uid: 1000, writable: true }),
    lock: async () => ok({ held: false, holder: '' }),
    freeBytes: async () => ok(2 ** 40),
    availableMemory: async () => ok(2 ** 34),
    firewall: async () => ok('active'),
    journal: async () => ok('persistent'),
    ...given,
  };
}

/** The ports that steps use, each faked unless given. One that is neither is not there, and using it ends the test. */
export function fakePorts(given: Partial<Ports> = {}): Ports {
  const ports = {
    files: memoryFiles(),
    http: fakeHttp(() => ({ status: 404, headers: {}, body: '' })),
    engine: fakeEngine(),
    clock: fakeClock(),
    secrets: fakeSecrets,
    health: fakeHealth([]),
    host: fakeHost(),
    ...given,
  };
  return ports as Ports;
}
