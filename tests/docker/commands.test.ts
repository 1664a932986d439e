import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { describeDocker, type Engine } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';
import { instances, replacedSince } from '../support/services.ts';

/** The docker command line, which writes down what it is asked, each argument in brackets, and what its stdin is. */
function recorded(d: Deployment, docker: Engine) {
  const folder = join(d.root, 'shim');
  const log = join(d.root, 'asked');
  mkdirSync(folder);
  const real = join(docker.directory, 'bin/docker');
  const lines = [
    '#!/bin/sh',
    `{ readlink /proc/self/fd/0 | tr '\\n' ' '; printf '[%s]' "$@"; echo; } >>'${log}'`,
    `exec '${real}' "$@"`,
  ];
  writeFileSync(join(folder, 'docker'), `${lines.join('\n')}\n`);
  chmodSync(join(folder, 'docker'), 0o755);
  return {
    variables: { PATH: `${folder}:${docker.env.PATH}` },
    asked: () => readFileSync(log, 'utf8').trimEnd().split('\n'),
  };
}

await describeDocker('the docker command line', (docker) => {
  it('must be asked nothing that answers for somebody, waits by its own rules or reads stdin; and converge must show that a second apply changes nothing', async () => {
    await using d = await makeDeployment(docker);
    writeFileSync(join(d.logs, 'app.log'), 'a line\n');
    const { variables, asked } = recorded(d, docker);
    const converged = await d.plumbWith(variables, 'converge');
    expect(converged.stdout, converged.stderr).toMatch(/^green/);
    expect(statuses(d.summary())).toMatchObject({ verify: 'pass', idempotency: 'pass' });
    const before = await instances(d);
    expect((await d.plumbWith(variables, 'up')).code).toBe(0);
    expect(await replacedSince(before, d)).toEqual([]);
    expect((await d.plumbWith(variables, 'down')).code).toBe(0);

    const lines = asked();
    expect(lines.filter((line) => !line.startsWith('/dev/null '))).toEqual([]);
    expect(
      lines.filter((line) => /\[(-y|--yes|--wait|--wait-timeout|--remove-orphans|--build)[\]=]/.test(line)),
    ).toEqual([]);
    // One service at a time, from images that are here, and none of the others.
    const ups = lines.filter((line) => line.includes('[up]'));
    expect(ups).toHaveLength(6);
    for (const line of ups) expect(line).toMatch(/\[--no-deps\].*\[--pull\]\[never\]/);
    // Whatever changes: only what this test expects.
    const verbs = lines.map((line) => /\] ?\[(up|version)\]/.exec(line)?.[1] ?? /\[([a-z]+)\]/.exec(line)?.[1]);
    expect([...new Set(verbs)].sort()).toEqual(['network', 'rm', 'stop', 'up', 'version']);
  });
});
