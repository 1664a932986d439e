import { type Answer, json, message, notImplemented } from './answer.ts';
import { cookie, logIn, wrongPassword } from './auth.ts';
import type { Context, Identity, Request } from './context.ts';

const cookieSeconds = 30 * 24 * 3600;

/** Trades a name and a password for a session's cookie. */
export function logInRoute(context: Context, request: Request): Answer {
  const { settings, users, log, metrics } = context;
  const body = fields(request);
  const { user: login, password } = body ?? {};
  if (typeof login !== 'string' || typeof password !== 'string' || login === '' || password === '') {
    return message(400, 'bad login data');
  }
  if (!settings.loginForm) return message(401, 'Login is disabled');
  const user = logIn(context, login, password);
  if (user === undefined) {
    return json({ statusCode: 401, messageId: wrongPassword.id, message: wrongPassword.text }, 401);
  }
  const token = users.addSession();
  metrics.loggedIn();
  log('info', 'Successful Login', { logger: 'http.server', User: user.email });
  const rest = `Path=/; Max-Age=${cookieSeconds}; SameSite=Lax${settings.cookieSecure ? '; Secure' : ''}`;
  const until = Math.floor(Date.now() / 1000) + cookieSeconds;
  return {
    ...json({ message: 'Logged in', redirectUrl: '/' }),
    headers: {
      'Set-Cookie': [
        `${settings.cookieName}=${token}; HttpOnly; ${rest}`,
        `${settings.cookieName}_expiry=${until}; ${rest}`,
      ],
    },
  };
}

export function logOutRoute({ settings, users }: Context, request: Request): Answer {
  const token = cookie(request, settings.cookieName);
  if (token !== undefined) users.endSession(token);
  return {
    status: 302,
    headers: { Location: '/login', 'Set-Cookie': `${settings.cookieName}=; Path=/; Max-Age=0; HttpOnly` },
  };
}

/** Changes the password of whoever asks. What is in the mounted file plays no part after the first start. */
export function accountPassword({ users, log }: Context, request: Request, { user }: Identity): Answer {
  if (user === undefined) return notImplemented('a password for anonymous users');
  const { oldPassword, newPassword } = fields(request) ?? {};
  if (typeof oldPassword !== 'string' || typeof newPassword !== 'string') return message(400, 'bad request data');
  if (!users.isPassword(oldPassword)) return message(401, 'Invalid old password');
  if (newPassword.length < 4) return message(400, 'New password is too short');
  users.changePassword(newPassword);
  log('info', 'User password changed', { logger: 'http.server', login: user.login });
  return message(200, 'User password changed');
}

export function userRoute(_: Context, __: Request, { user }: Identity): Answer {
  if (user === undefined) return message(404, 'user not found');
  return json({
    id: 1,
    uid: 'standinadmin',
    email: user.email,
    name: '',
    login: user.login,
    theme: '',
    orgId: 1,
    isGrafanaAdmin: true,
    isDisabled: false,
    isExternal: false,
    isExternallySynced: false,
    isGrafanaAdminExternallySynced: false,
    authLabels: [],
    updatedAt: user.updated,
    createdAt: user.created,
    avatarUrl: '',
  });
}

export function orgRoute(): Answer {
  const address = { address1: '', address2: '', city: '', zipCode: '', state: '', country: '' };
  return json({ id: 1, name: 'Main Org.', address });
}

function fields(request: Request): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
