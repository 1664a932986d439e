import { stderrLog, stopOnRequest } from '../common/child.ts';
import { readWorld } from '../common/world.ts';
import { parseArgs } from './args.ts';
import { start } from './start.ts';

/** Prometheus's own command line; what goes wrong before it listens is one message and exit code 1. */
async function main(): Promise<void> {
  const args = parseArgs(process.argv.slice(2));
  if (!args.ok) return end(args.failure.message);
  const world = readWorld(process.env);
  if (!world.ok) return end(world.failure.message);
  const log = stderrLog(world.value.service);
  const started = await start(args.value, world.value, log);
  if (!started.ok) return end(started.failure.message);
  log('info', 'Server is ready to receive web requests.', { addr: `${started.value.host}:${started.value.port}` });
  process.on('SIGHUP', () => {
    void started.value.reload().then((reloaded) => {
      if (!reloaded.ok) log('error', 'Error reloading config', { err: reloaded.failure.message });
    });
  });
  stopOnRequest(() => started.value.stop());
}

/** On one line: a message of several lines would look like several faults. */
function end(message: string): void {
  process.stderr.write(`${message.replace(/\n\s*/g, ' ')}\n`);
  process.exitCode = 1;
}

await main();
