import {
  type ClockPort,
  type Endpoint,
  type EndpointHealth,
  err,
  type Failure,
  failure,
  type HealthAttempt,
  type HealthContract,
  type HealthPort,
  type HttpAnswer,
  type HttpPort,
  type Listening,
  ok,
  type Result,
} from '@plumbline/contracts';
import { parseExposition } from '@plumbline/formats/exposition';
import { selectOne } from '@plumbline/formats/jsonpath';

const LOOPBACK = '127.0.0.1';
const ANY = '0.0.0.0';

/** Asks for health by the contract and by nothing else, of services of this host. */
export function createHealth(
  contract: HealthContract,
  { ports, bind_address = LOOPBACK }: Listening,
  http: HttpPort,
  clock: ClockPort,
): HealthPort {
  const base = (service: string): string => {
    const port = ports[service];
    if (port === undefined) throw new Error(`the health contract names ${service}, which has no address`);
    return `http://${bind_address === ANY ? LOOPBACK : bind_address}:${port}`;
  };
  return {
    under: (other, where) => createHealth(other, where, http, clock),
    endpoints: contract.endpoints,
    api(name, tokens = {}) {
      const api = contract.apis[name];
      if (api === undefined) throw new Error(`the health contract has no api ${name}`);
      const path = api.path.replace(/\{(\w+)\}/g, (_, token: string) => encodeURIComponent(tokens[token] ?? ''));
      return { url: base(api.service) + path, timeoutMs: api.timeout_ms };
    },
    async check(endpoint, { signal, tries = endpoint.retries + 1 }) {
      const url = base(endpoint.service) + endpoint.path;
      const attempts: HealthAttempt[] = [];
      let problem: Failure | undefined;
      for (let n = 0; n < tries && !signal.aborted; n += 1) {
        if (n > 0) await clock.sleep(endpoint.backoff_ms, signal);
        const started = clock.now();
        const answer = await http.get(url, { timeoutMs: endpoint.timeout_ms, signal });
        const verdict = answer.ok ? holds(endpoint, answer.value, http) : answer;
        attempts.push({
          at: new Date(started).toISOString(),
          duration_ms: clock.now() - started,
          ...(answer.ok ? { status: answer.value.status, body: http.excerpt(answer.value.body) } : {}),
          ...(verdict.ok ? {} : { problem: verdict.failure.message }),
        });
        if (verdict.ok) return { endpoint, url, healthy: true, attempts };
        problem = verdict.failure;
      }
      return unhealthy(endpoint, url, attempts, problem);
    },
  };
}

function unhealthy(
  endpoint: Endpoint,
  url: string,
  attempts: readonly HealthAttempt[],
  problem: Failure | undefined,
): EndpointHealth {
  return { endpoint, url, healthy: false, attempts, ...(problem === undefined ? {} : { failure: problem }) };
}

/** Whether one answer is what the contract asks for: the status, and the body by meaning (seed 002, P13). */
function holds(endpoint: Endpoint, answer: HttpAnswer, { excerpt }: Pick<HttpPort, 'excerpt'>): Result<void> {
  const { status, body } = endpoint.expect;
  if (answer.status !== status) {
    const said = excerpt(answer.body);
    return bad(`answered ${answer.status}, not ${status}${said === '' ? '' : `: ${said}`}`);
  }
  if (body.type === 'text') {
    return answer.body.trim() === body.equals
      ? ok(undefined)
      : bad(`answered ${JSON.stringify(excerpt(answer.body))}, not "${body.equals}"`);
  }
  if (body.type === 'metrics') {
    const families = parseExposition(answer.body);
    if (!families.ok) return bad(`answered something that is not metrics: ${families.failure.message}`);
    const there = families.value.some((family) => family.name === body.metric && family.samples.length > 0);
    return there ? ok(undefined) : bad(`answered metrics without ${body.metric}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(answer.body);
  } catch {
    return bad(`answered something that is not JSON: ${JSON.stringify(excerpt(answer.body))}`);
  }
  const found = selectOne(value, body.path);
  if (!found.ok) return found;
  return found.value === body.equals
    ? ok(undefined)
    : bad(`${body.path} is ${JSON.stringify(found.value)}, not ${JSON.stringify(body.equals)}`);
}

function bad(message: string): Result<never> {
  return err(failure('E_NETWORK_BAD_ANSWER', message));
}
