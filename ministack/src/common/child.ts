/**
 * What every stand-in does as a process: logfmt lines on stderr, an end that is asked for by SIGTERM or by the
 * supervisor's death, and one clear line instead of a stack trace.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Log = (level: Level, msg: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

/** Writes logfmt to stderr, each line marked as a stand-in's. */
export function stderrLog(service: string): Log {
  // The supervisor reads what is written. Once it is gone nobody does, and that is no reason to end in the middle.
  process.stderr.on('error', () => undefined);
  return (level, msg, fields = {}) => {
    const pairs = Object.entries({ ts: new Date().toISOString(), level, stand_in: service, msg, ...fields });
    process.stderr.write(`${pairs.map(([k, v]) => `${k}=${logfmt(v)}`).join(' ')}\n`);
  };
}

function logfmt(value: string | number | boolean): string {
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** Calls `stop` once, on SIGTERM, SIGINT, or when the supervisor is gone (its IPC channel closes), then exits 0. */
export function stopOnRequest(stop: () => Promise<void>): void {
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    void stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  if (process.channel) {
    process.once('disconnect', end);
    process.channel.unref();
  } else if (process.connected === false) {
    // The supervisor died while this was starting, and nobody heard of it.
    end();
  }
}
