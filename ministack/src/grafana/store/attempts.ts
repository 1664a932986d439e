const windowMs = 5 * 60_000;
const allowed = 5;

/** Grafana's protection against guessing: after five wrong passwords in five minutes the right one is refused too. */
export interface Attempts {
  blocked(login: string): boolean;
  failed(login: string): void;
  succeeded(login: string): void;
}

export function countAttempts(enabled: boolean, now: () => number): Attempts {
  const failures = new Map<string, readonly number[]>();
  const recent = (login: string) => (failures.get(login) ?? []).filter((at) => at > now() - windowMs);
  return {
    blocked: (login) => enabled && recent(login).length >= allowed,
    failed(login) {
      // Names are whatever a client sends; the oldest make room.
      if (failures.size >= 1000) failures.delete(failures.keys().next().value ?? '');
      failures.set(login, [...recent(login), now()].slice(-allowed));
    },
    succeeded: (login) => void failures.delete(login),
  };
}
