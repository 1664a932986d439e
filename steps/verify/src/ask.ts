import {
  err,
  failure,
  type HealthPort,
  type HttpPort,
  ok,
  type Result,
  type StepContext,
  secretOwner,
  takenSecret,
} from '@plumbline/contracts';

/** What asking an API of the health contract needs. */
export interface Asking {
  readonly http: HttpPort;
  readonly health: HealthPort;
  readonly signal: AbortSignal;
  /** Who asks, where the service wants to know. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** The body of an API's answer with an expected status, 200 unless said; anything else is E_NETWORK_BAD_ANSWER. */
export async function askText(
  { http, health, signal, user }: Asking,
  api: string,
  query: Readonly<Record<string, string>> = {},
  tokens: Readonly<Record<string, string>> = {},
  statuses: readonly number[] = [200],
): Promise<Result<string>> {
  const { url, timeoutMs } = health.api(api, tokens);
  const params = new URLSearchParams(query).toString();
  const answer = await http.get(params === '' ? url : `${url}?${params}`, {
    timeoutMs,
    signal,
    ...(user === undefined ? {} : { user }),
  });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (statuses.includes(status)) return ok(body);
  return err(failure('E_NETWORK_BAD_ANSWER', `${api} answered ${status}: ${http.excerpt(body)}`));
}

/** Asks as the account that the stack's secrets policy names for a service; without one, as nobody. */
export async function askingAs(service: string, { config, ports, signal }: StepContext): Promise<Result<Asking>> {
  const { secretsPolicy, paths } = config;
  const secret = secretsPolicy.secrets.find((s) => s.service === service && s.user !== undefined);
  if (secret?.user === undefined) return ok({ ...ports, signal });
  const file = await takenSecret(secret, paths.deploy_root, ports.files);
  if (!file.ok) return file;
  const password = await ports.secrets.read(file.value, secretOwner(secret, ports));
  if (!password.ok) return password;
  return ok({ ...ports, signal, user: { name: secret.user, password: password.value } });
}

/** The parsed JSON of an API's answer (seed 002, P13: never searched as text). */
export async function askJson(
  asking: Asking,
  api: string,
  query: Readonly<Record<string, string>> = {},
  tokens: Readonly<Record<string, string>> = {},
  statuses: readonly number[] = [200],
): Promise<Result<unknown>> {
  const body = await askText(asking, api, query, tokens, statuses);
  if (!body.ok) return body;
  try {
    return ok(JSON.parse(body.value) as unknown);
  } catch {
    const start = JSON.stringify(asking.http.excerpt(body.value));
    return err(failure('E_NETWORK_BAD_ANSWER', `${api} answered something that is not JSON: ${start}`));
  }
}
