import type { FilesPort } from '@plumbline/contracts';
import { describe, expect, it } from 'vitest';
import { demoEnvironment } from '../../../tests/support/environment.ts';
import { memoryFiles } from '../../../tests/support/files.ts';
import { observePipelines } from './observe-pipelines.ts';
import { observeScripts } from './observe-scripts.ts';

const { paths } = demoEnvironment();

const observe = async (files: FilesPort) => observeScripts(await observePipelines(paths, files), paths, files);

async function scripts(run: readonly unknown[], files: Readonly<Record<string, string>> = {}) {
  const pipeline = JSON.stringify({ steps: [{ id: 'one', run }] });
  const seen = await observe(memoryFiles({ '/repo/config/pipelines/mine.json': pipeline, ...files }));
  if (!seen.ok) throw new Error(seen.failure.message);
  return seen.value.map(({ file, prompts }) => [
    file,
    prompts.ok ? prompts.value.map((p) => p.what) : prompts.failure.code,
  ]);
}

const asking = '#!/usr/bin/env bash\nread x\n';

describe('the scripts that preflight looks at', () => {
  it.each([
    ['by its first line', ['bin/ask'], { '/repo/bin/ask': asking }, [['bin/ask', ['read']]]],
    ['by its name', ['sh', 'ask.sh'], { '/repo/ask.sh': 'select x in a; do :; done' }, [['ask.sh', ['select']]]],
    ['by an absolute path', ['/opt/ask.sh', '--fast'], { '/opt/ask.sh': 'read x' }, [['/opt/ask.sh', ['read']]]],
    ['given to a shell', ['/bin/bash', '-euc', 'read x'], {}, [['mine.json, step one', ['read']]]],
    ['that is no shell script after all', ['a.sh'], { '/repo/a.sh': 'if true' }, [['a.sh', 'E_CONFIG_PARSE']]],
    ['of another language', ['python3', 'a.py'], { '/repo/a.py': '#!/usr/bin/python3\nread = input()\n' }, []],
    ['that is not there', ['missing.sh'], {}, []],
    ['that is a directory', ['bin'], { '/repo/bin/x.sh': asking }, []],
    ['in words that are no paths', ['echo', 'read\nx', 'a\0b', 7], {}, []],
  ] as const)('must be found where they are: a script %s', async (_, run, files, expected) => {
    expect(await scripts(run, files)).toEqual(expected);
  });

  it('must leave a pipeline that is broken to the check of the configuration', async () => {
    for (const text of ['{', '[]', 'null', '{"steps": 1}', '{"steps": [null, {"id": 1}]}']) {
      const files = memoryFiles({ '/repo/config/pipelines/broken.json': text });
      expect(await observe(files)).toEqual({ ok: true, value: [] });
    }
  });
});
