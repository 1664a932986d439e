import { createHash, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { err, failure, ok, type Result } from '@plumbline/contracts';

/** The one user that the stand-in has: the administrator that a first start creates. */
export interface User {
  readonly login: string;
  readonly email: string;
  readonly created: string;
  readonly updated: string;
}

interface Stored extends User {
  readonly salt: string;
  readonly hash: string;
}

interface State {
  readonly version: 1;
  readonly admin: Stored | null;
  /** Hashes of session tokens, with the time at which each ends, in milliseconds. */
  readonly sessions: readonly { readonly hash: string; readonly until: number }[];
}

/** What stands in for Grafana's database: it outlives the process, and a first start alone takes the settings' password. */
export interface Users {
  readonly created: boolean;
  /** Whether the file is still there: a volume that was taken away is no database. */
  isThere(): boolean;
  /** The user by login or email, as Grafana's login form takes either. */
  find(name: string): User | undefined;
  isPassword(password: string): boolean;
  changePassword(password: string): void;
  /** A new session's token. */
  addSession(): string;
  session(token: string): User | undefined;
  endSession(token: string): void;
}

const sessionMs = 30 * 24 * 3600 * 1000;
const maxSessions = 200;

interface First {
  readonly create: boolean;
  readonly login: string;
  readonly password: string;
  readonly email: string;
}

/** Opens the users below `directory`, or makes them. */
export function openUsers(directory: string, first: First, now: () => number): Result<Users> {
  const file = join(directory, 'users.json');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found = read(file);
    if (found === 'broken')
      return err(failure('E_ENV_UNREADABLE', `the database ${file} cannot be read: it is not whole`));
    const state = found ?? { version: 1, admin: first.create ? newUser(first, now()) : null, sessions: [] };
    // Written at each start: what cannot be written is found now and not at the first login.
    write(file, state);
    return ok(users(file, state, found === undefined, now));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(failure('E_ENV_UNWRITABLE', `the data directory ${directory} cannot be used: ${why}`));
  }
}

function users(file: string, opened: State, created: boolean, now: () => number): Users {
  let state = opened;
  const keep = (change: Partial<State>) => {
    const next = { ...state, ...change };
    write(file, next);
    state = next;
  };
  const alive = () => state.sessions.filter(({ until }) => until > now());
  return {
    created,
    isThere: () => existsSync(file),
    find(name) {
      const admin = state.admin;
      return admin !== null && (same(name, admin.login) || same(name, admin.email)) ? publicPart(admin) : undefined;
    },
    isPassword(password) {
      const admin = state.admin;
      return admin !== null && equal(hashOf(password, admin.salt), admin.hash);
    },
    changePassword(password) {
      if (state.admin === null) return;
      const salt = randomBytes(10).toString('hex');
      const updated = new Date(now()).toISOString();
      keep({ admin: { ...state.admin, salt, hash: hashOf(password, salt), updated } });
    },
    addSession() {
      const token = randomBytes(16).toString('hex');
      const sessions = [...alive(), { hash: sessionHash(token), until: now() + sessionMs }].slice(-maxSessions);
      keep({ sessions });
      return token;
    },
    session(token) {
      const hash = sessionHash(token);
      const found = state.admin !== null && alive().some((session) => equal(session.hash, hash));
      return found && state.admin !== null ? publicPart(state.admin) : undefined;
    },
    endSession(token) {
      const hash = sessionHash(token);
      keep({ sessions: alive().filter((session) => session.hash !== hash) });
    },
  };
}

function newUser({ login, email, password }: First, nowMs: number): Stored {
  const salt = randomBytes(10).toString('hex');
  const at = new Date(nowMs).toISOString();
  return { login, email, salt, hash: hashOf(password, salt), created: at, updated: at };
}

function publicPart({ login, email, created, updated }: Stored): User {
  return { login, email, created, updated };
}

/** The derivation that Grafana uses for its own. */
function hashOf(password: string, salt: string): string {
  return pbkdf2Sync(password, salt, 10_000, 50, 'sha256').toString('hex');
}

function sessionHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function equal(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function read(file: string): State | 'broken' | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
  try {
    const state = JSON.parse(text) as State;
    return state.version === 1 && Array.isArray(state.sessions) ? state : 'broken';
  } catch {
    return 'broken';
  }
}

/** Old or new, whenever it ends: written beside, synced, renamed. */
function write(file: string, state: State): void {
  const fd = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(fd, JSON.stringify(state));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.new`, file);
}
