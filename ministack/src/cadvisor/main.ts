import { stderrLog, stopOnRequest } from '../common/child.ts';
import { type Answer, boundedServer, closeServer, listen, notFound, plain } from '../common/http-server.ts';
import { listenAddress, readWorld } from '../common/world.ts';
import { parseArgs } from './args.ts';
import { machineOf } from './machine.ts';
import { metricsPage } from './metrics.ts';

/** cAdvisor's own command line; what goes wrong before it listens is one line and exit code 1. */
async function main(): Promise<void> {
  const args = parseArgs(process.argv.slice(2));
  if (!args.ok) return end(args.failure.message);
  const world = readWorld(process.env);
  if (!world.ok) return end(world.failure.message);
  const { port, metricsPath, housekeepingMs } = args.value;
  const address = listenAddress(world.value, port);
  if (address === undefined) return end(`port ${port} is not one that the stack gives to ${world.value.service}`);
  const log = stderrLog(world.value.service);
  const machine = machineOf(world.value);
  let page: Answer | undefined;
  let pageAt = 0;
  let told = false;
  const current = (): Answer => {
    const now = Date.now();
    if (page !== undefined && now - pageAt < housekeepingMs) return page;
    const { text, cut } = metricsPage(machine, args.value, now);
    if (cut && !told) log('warn', 'there are more control groups than this stand-in shows; the deepest are left out');
    told = cut;
    page = { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: text };
    pageAt = now;
    return page;
  };
  const server = boundedServer(
    'cadvisor',
    ({ path, method }) => {
      if (![metricsPath, '/healthz', '/'].includes(path)) return notFound;
      if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Method Not Allowed\n');
      if (path === metricsPath) return current();
      return path === '/healthz'
        ? plain(200, 'ok')
        : plain(501, 'the pages of cAdvisor are not part of this stand-in\n');
    },
    log,
  );
  const listening = await listen(server, address);
  if (!listening.ok) return end(listening.failure.message);
  log('info', 'Starting cAdvisor', { address: `${address.host}:${listening.value}` });
  stopOnRequest(() => closeServer(server));
}

function end(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

await main();
