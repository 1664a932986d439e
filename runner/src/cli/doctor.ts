import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, type Failure, failureExit, placeOf, placeText } from '@plumbline/contracts';
import { createEngine } from '../adapters/engines.ts';
import { host } from '../adapters/host.ts';
import { installRoot } from '../adapters/install-root.ts';
import { createProcesses } from '../adapters/process.ts';
import { ENGINES, isFit, judge } from '../doctor/judge.ts';
import { look } from '../doctor/look.ts';
import type { Finding } from '../doctor/seen.ts';
import { environmentOf } from './environment.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, scrubber, table } from './output.ts';
import { steps } from './pipeline.ts';
import { portsOf } from './ports.ts';

const UNFIT = 2;
const USAGE = 64;

/** `doctor`: what this machine has and what is missing for which engine. Changes nothing. Resolves with the exit code. */
export async function doctor(options: CommonOptions): Promise<number> {
  const loaded = await environmentOf(options);
  // A slip on the command line; all else that is wrong with an environment is one finding among the others.
  if (!loaded.ok && failureExit(loaded.failure.code) === USAGE) {
    printFailure(loaded.failure, options.json === true);
    return USAGE;
  }
  const root = installRoot();
  const { name, file, bootstrap, paths } = loaded.ok ? loaded.value.environment : unreadable(options, root);
  const processes = createProcesses(scrubber);
  process.once('exit', processes.killAll);
  const engine = loaded.ok
    ? portsOf(loaded.value, scrubber).engine
    : createEngine({ name: 'embedded', project: '', deployRoot: paths.deploy_root });
  const seen = await look(paths, { host, engine, processes, env: process.env, installRoot: root });
  const findings = judge(seen, {
    file,
    bindAddress: bootstrap.bind_address ?? '127.0.0.1',
    ports: bootstrap.ports,
    portFrom: loaded.ok ? portFrom(loaded.value.environment) : {},
    minFreeMb: Number(steps.preflight?.manifest.params.min_free_mb?.default),
    node: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }).engines.node,
  });
  const all = loaded.ok ? findings : [broken(loaded.failure, file), ...findings];
  const fit = loaded.ok && isFit(findings, bootstrap.engine);
  const report = { environment: name, engine: bootstrap.engine, fit, findings: all };
  print(options.json === true ? JSON.stringify(report, null, 2) : forPeople(report));
  return fit ? 0 : UNFIT;
}

/** Which file, flag or variable gives each port. */
function portFrom(environment: Environment): Readonly<Record<string, string>> {
  const services = Object.keys(environment.bootstrap.ports);
  return Object.fromEntries(
    services.map((service) => [service, placeOf(environment, `/ports/${service}`).file ?? environment.file]),
  );
}

/** Where this machine is looked at when nobody can say what the environment asks for: what a checkout has by itself. */
function unreadable({ env, config }: CommonOptions, root: string) {
  const out = join(root, 'out');
  return {
    name: env,
    file: config ?? join(root, `config/bootstrap.${env}.json`),
    bootstrap: { engine: 'unknown', bind_address: undefined, ports: {} },
    paths: {
      repo_root: root,
      output_dir: out,
      deploy_root: join(out, 'deploy', env),
      stacks_dir: join(root, 'config/stacks'),
      pipelines_dir: join(root, 'config/pipelines'),
    },
  };
}

function broken(failure: Failure, file: string): Finding {
  const where = placeText(failure.place);
  const says = `${failure.code}: ${failure.message}${where === '' ? '' : `, at ${where}`}`;
  return { id: 'environment', verdict: 'missing', needed_by: ENGINES, says, mend: `./plumb config lint ${file}` };
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
