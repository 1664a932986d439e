import { readFileSync } from 'node:fs';
import type { Failure } from '@plumbline/contracts';
import { stderrLog, stopOnRequest } from '../common/child.ts';
import { hostPath, readWorld } from '../common/world.ts';
import { readEnvironment } from './config/image.ts';
import { readSettings } from './config/settings.ts';
import { start } from './start.ts';

await main();

/** The image's entry point takes no arguments here: all that is set is in grafana.ini and the environment. */
async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) return end(2, `not implemented by this stand-in: the argument ${argument}`);
  const world = readWorld(process.env);
  if (!world.ok) return fail(world.failure);
  const log = stderrLog(world.value.service);
  const environment = readEnvironment(world.value, readText, (line) => void process.stderr.write(`${line}\n`));
  if (!environment.ok) return fail(environment.failure);
  const file = environment.value.GF_PATHS_CONFIG ?? '';
  const readFile = (path: string) => {
    const found = hostPath(world.value, path);
    return found.ok ? readText(found.value) : undefined;
  };
  const text = readFile(file);
  if (text === undefined) {
    return end(1, `failed to parse ${JSON.stringify(file)}: open ${file}: no such file or directory`);
  }
  const sources = { environment: environment.value, readFile, hostname: world.value.hostname };
  const settings = readSettings(text, file, sources, log);
  if (!settings.ok) return fail(settings.failure);
  const running = await start(world.value, settings.value, sources, log);
  if (!running.ok) return fail(running.failure);
  log('info', 'HTTP Server Listen', {
    logger: 'http.server',
    address: `${running.value.host}:${running.value.port}`,
    protocol: 'http',
  });
  stopOnRequest(() => running.value.stop());
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function fail({ message }: Failure): void {
  end(1, message);
}

function end(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}
