import { stderrLog, stopOnRequest } from '../common/child.ts';
import { type Answer, boundedServer, closeServer, listen, notFound, plain } from '../common/http-server.ts';
import { listenAddress, readWorld } from '../common/world.ts';
import { parseArgs } from './args.ts';
import { collect } from './collect.ts';
import { hostOf } from './host.ts';

/** The exporter's own command line; what goes wrong before it listens is one line and exit code 1. */
async function main(): Promise<void> {
  const args = parseArgs(process.argv.slice(2));
  if (!args.ok) return end(args.failure.message);
  const world = readWorld(process.env);
  if (!world.ok) return end(world.failure.message);
  const address = listenAddress(world.value, args.value.listenPort);
  if (address === undefined) {
    return end(`port ${args.value.listenPort} is not one that the stack gives to ${world.value.service}`);
  }
  const log = stderrLog(world.value.service);
  const host = hostOf(world.value, args.value);
  const startedMs = Date.now();
  const told = new Map<string, string>();
  const onFailure = (collector: string, why: string) => {
    if (told.get(collector) === why) return;
    told.set(collector, why);
    log('error', 'collector failed', { name: collector, err: why });
  };
  const page = async (): Promise<Answer> => {
    const body = await collect(host, startedMs, onFailure);
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body };
  };
  const { metricsPath } = args.value;
  const server = boundedServer(
    'node-exporter',
    ({ path, method }) => {
      if (path !== metricsPath && path !== '/') return notFound;
      if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Method Not Allowed\n');
      if (path === metricsPath) return page();
      const body = `<!doctype html><title>Node Exporter (stand-in)</title><a href="${metricsPath}">Metrics</a>\n`;
      return { status: 200, type: 'text/html; charset=utf-8', body };
    },
    log,
  );
  const listening = await listen(server, address);
  if (!listening.ok) return end(listening.failure.message);
  log('info', 'Listening on', { address: `${address.host}:${listening.value}` });
  stopOnRequest(() => closeServer(server));
}

function end(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

await main();
