import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureExit } from '@plumbline/contracts';
import { installRoot } from '../adapters/install-root.ts';
import { createProcesses } from '../adapters/process.ts';
import { isFit, judge } from '../doctor/judge.ts';
import { look } from '../doctor/look.ts';
import type { Finding } from '../doctor/seen.ts';
import { environmentOf } from './environment.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, scrubber, table } from './output.ts';
import { steps } from './pipeline.ts';
import { portsOf } from './ports.ts';

const UNFIT = 2;

/** `doctor`: what this machine has and what is missing for which engine. Changes nothing. Resolves with the exit code. */
export async function doctor(options: CommonOptions): Promise<number> {
  const loaded = await environmentOf(options);
  if (!loaded.ok) {
    printFailure(loaded.failure, options.json === true);
    return failureExit(loaded.failure.code);
  }
  const { name, file, bootstrap, paths } = loaded.value.environment;
  const { host, engine } = portsOf(loaded.value, scrubber);
  const root = installRoot();
  const processes = createProcesses(scrubber);
  process.once('exit', processes.killAll);
  const seen = await look(paths, { host, engine, processes, env: process.env, installRoot: root });
  const findings = judge(seen, {
    file,
    bindAddress: bootstrap.bind_address ?? '127.0.0.1',
    ports: bootstrap.ports,
    minFreeMb: Number(steps.preflight?.manifest.params.min_free_mb?.default),
    node: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }).engines.node,
  });
  const fit = isFit(findings, bootstrap.engine);
  const report = { environment: name, engine: bootstrap.engine, fit, findings };
  print(options.json === true ? JSON.stringify(report, null, 2) : forPeople(report));
  return fit ? 0 : UNFIT;
}

function forPeople({
  environment,
  engine,
  fit,
  findings,
}: {
  readonly environment: string;
  readonly engine: string;
  readonly fit: boolean;
  readonly findings: readonly Finding[];
}): string {
  const rows = findings.map(({ id, verdict, needed_by, says }) => [id, verdict, needed_by.join(', ') || '-', says]);
  const [head = '', ...lines] = table([['what', 'verdict', 'needed by', 'what it says'], ...rows]).split('\n');
  return [
    `${environment}, engine ${engine}: ${fit ? 'all that it needs is here' : 'something that it needs is not here'}`,
    '',
    `  ${head}`,
    ...lines.flatMap((line, index) => {
      const mend = findings[index]?.mend;
      return [`  ${line}`, ...(mend === undefined ? [] : [`      mend: ${mend}`])];
    }),
  ].join('\n');
}
