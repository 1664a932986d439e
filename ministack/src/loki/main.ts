import { readFileSync } from 'node:fs';
import { stderrLog, stopOnRequest } from '../common/child.ts';
import { hostPath, readWorld } from '../common/world.ts';
import { parseArgs } from './args.ts';
import { loadConfig } from './config/load.ts';
import { settingsOf } from './config/settings.ts';
import { start } from './start.ts';

/** Loki's own command line and messages; what goes wrong before it listens is one message and an exit code. */
async function main(): Promise<void> {
  const args = parseArgs(process.argv.slice(2));
  if (!args.ok) return end(2, args.message);
  const world = readWorld(process.env);
  if (!world.ok) return end(1, world.failure.message);
  const path = hostPath(world.value, args.file);
  const text = path.ok ? readText(path.value) : undefined;
  if (text === undefined)
    return end(1, `failed parsing config: ${args.file} does not exist, set config.file for custom config path`);
  const loaded = loadConfig(text, args.file, world.value.service);
  if (!loaded.ok) return end(1, loaded.message);
  if (args.verifyOnly) return;
  const log = stderrLog(world.value.service);
  const running = await start(world.value, settingsOf(loaded.tree), log);
  if (!running.ok) return end(1, running.failure.message);
  log('info', 'Loki started', { addr: `${running.value.host}:${running.value.port}` });
  stopOnRequest(() => running.value.stop());
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function end(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}

await main();
