import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import { registryDown } from '../docker/docker-failure.ts';
import { basic, readBody, reasonOf } from '../http.ts';
import type { ImageReference } from './reference.ts';

/** What a registry answered: a document, or that it has none, or none for this user. */
export type RegistryAnswer = Buffer | 'absent';

/** Asks one registry about one repository. */
export type AskRegistry = (path: string, accept: string) => Promise<Result<RegistryAnswer>>;

type Variables = Readonly<Record<string, string | undefined>>;

const ANSWER_MS = 30_000;
const absent: ReadonlySet<number> = new Set([401, 403, 404]);

/**
 * A registry's API by GET alone (OCI distribution specification), with the token that it asks for. Who the user is comes
 * from `auths` of docker's configuration. E_NETWORK_UNREACHABLE where it does not answer, E_NETWORK_BAD_ANSWER where it
 * answers with an error of its own.
 */
export function openRegistry(reference: ImageReference, env: Variables): AskRegistry {
  const { domain, origin, repository, tag } = reference;
  const pin = `${domain}/${repository}:${tag}`;
  let authorization: string | undefined;
  const get = async (url: string, headers: Readonly<Record<string, string>>): Promise<Result<Answered>> => {
    const limit = AbortSignal.timeout(ANSWER_MS);
    try {
      const response = await fetch(url, { headers, signal: limit });
      const body = await readBody(response, url);
      return body.ok ? ok({ response, body: body.value }) : body;
    } catch (thrown) {
      return err(registryDown(pin, limit.aborted ? `no answer within ${ANSWER_MS} ms` : reasonOf(thrown)));
    }
  };
  return async (path, accept) => {
    const url = `${origin}/v2/${repository}/${path}`;
    const ask = () => get(url, { accept, ...(authorization === undefined ? {} : { authorization }) });
    let answer = await ask();
    if (answer.ok && answer.value.response.status === 401 && authorization === undefined) {
      const user = userOf(domain, env);
      const challenge = challengeOf(answer.value.response.headers.get('www-authenticate') ?? '');
      const given = challenge === undefined ? ok(user) : await tokenFor(challenge, user, get);
      if (!given.ok) return given;
      authorization = given.value;
      if (authorization !== undefined) answer = await ask();
    }
    if (!answer.ok) return answer;
    const { status } = answer.value.response;
    if (status === 200) return ok(answer.value.body);
    if (absent.has(status)) return ok('absent');
    return err(failure('E_NETWORK_BAD_ANSWER', `the registry of ${pin} answers ${status} to GET ${url}`));
  };
}

interface Answered {
  readonly response: Response;
  readonly body: Buffer;
}

/** Where a registry has its tokens from; undefined where it takes a name and a password itself. */
function challengeOf(header: string): URL | undefined {
  if (!/^bearer /i.test(header)) return undefined;
  const said = new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]));
  const realm = said.get('realm');
  if (realm === undefined || !URL.canParse(realm)) return undefined;
  const url = new URL(realm);
  for (const key of ['service', 'scope']) if (said.has(key)) url.searchParams.set(key, said.get(key) ?? '');
  return url;
}

async function tokenFor(
  challenge: URL,
  user: string | undefined,
  get: (url: string, headers: Readonly<Record<string, string>>) => Promise<Result<Answered>>,
): Promise<Result<string | undefined>> {
  const answer = await get(challenge.href, user === undefined ? {} : { authorization: user });
  if (!answer.ok) return answer;
  try {
    const { token, access_token } = JSON.parse(answer.value.body.toString('utf8')) as Readonly<Record<string, unknown>>;
    const given = token ?? access_token;
    return ok(typeof given === 'string' ? `Bearer ${given}` : undefined);
  } catch {
    return ok(undefined);
  }
}

/** What docker's configuration keeps for a registry, as `docker login` wrote it there. */
function userOf(domain: string, env: Variables): string | undefined {
  const folder = env.DOCKER_CONFIG ?? join(env.HOME ?? homedir(), '.docker');
  const key = domain === 'docker.io' ? 'https://index.docker.io/v1/' : domain;
  try {
    const { auths } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
    };
    const [name = '', ...password] = Buffer.from(auths?.[key]?.auth ?? '', 'base64')
      .toString('utf8')
      .split(':');
    return name === '' ? undefined : basic({ name, password: password.join(':') });
  } catch {
    // Nobody has logged in.
    return undefined;
  }
}
