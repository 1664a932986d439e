import { type Answer, refused } from './answer.ts';
import type { Context, Identity, Request } from './context.ts';

export const wrongPassword = { text: 'Invalid username or password', id: 'password-auth.failed' };

export type Authenticated =
  | { readonly ok: true; readonly who: Identity }
  | { readonly ok: false; readonly answer: Answer };

/** Who asks, by basic authentication, by the session's cookie, or as nobody in particular where that is allowed. */
export function authenticate(context: Context, request: Request): Authenticated {
  const { settings, users } = context;
  const basic = settings.basicAuth ? credentialsOf(request.headers.authorization ?? '') : undefined;
  if (basic !== undefined) {
    const user = logIn(context, basic.login, basic.password);
    return user === undefined
      ? { ok: false, answer: refused(wrongPassword.text, wrongPassword.id) }
      : { ok: true, who: { role: 'Admin', user } };
  }
  const token = cookie(request, settings.cookieName);
  const user = token === undefined ? undefined : users.session(token);
  if (user !== undefined) return { ok: true, who: { role: 'Admin', user } };
  if (settings.anonymousRole !== undefined) return { ok: true, who: { role: settings.anonymousRole } };
  return {
    ok: false,
    answer:
      token === undefined
        ? refused('Unauthorized', 'auth.unauthorized')
        : refused('Unauthorized', 'session.token.not-found'),
  };
}

/** The user, where the password is right and not too many wrong ones came before it. */
export function logIn({ users, attempts, log }: Context, login: string, password: string) {
  const name = login.toLowerCase();
  if (attempts.blocked(name)) {
    log('warn', 'too many consecutive incorrect login attempts for user - login for user temporarily blocked', {
      logger: 'authn.service',
    });
    return undefined;
  }
  const user = users.find(login);
  if (user === undefined || !users.isPassword(password)) {
    attempts.failed(name);
    return undefined;
  }
  attempts.succeeded(name);
  return user;
}

export function cookie({ headers }: Request, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Nothing where the header does not hold both halves: Grafana then tries its other ways. */
function credentialsOf(header: string): { readonly login: string; readonly password: string } | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 1 ? undefined : { login: text.slice(0, at), password: text.slice(at + 1) };
}
