import { type FilesPort, ok, type Paths, type Result } from '@plumbline/contracts';
import { findPrompts } from '@plumbline/formats/shell';
import { isUnlooked, type ObservedPipeline, type ObservedScript } from './observation.ts';

const shebang = /^#!.*\b(ba|da|k|z)?sh\b/;
const shell = /^(.*\/)?(ba|da|k)?sh$/;

/** The shell scripts that the commands of the pipelines name, and those that they give to a shell themselves. */
export async function observeScripts(
  pipelines: Result<readonly ObservedPipeline[]>,
  paths: Paths,
  files: FilesPort,
): Promise<Result<readonly ObservedScript[]>> {
  if (!pipelines.ok) return pipelines;
  const found = new Map<string, ObservedScript>();
  for (const { name: pipeline, source } of pipelines.value) {
    if (!source.ok && isUnlooked(source.failure)) return source;
    const name = `${pipeline}.json`;
    for (const { id, run } of commandsOf(source.ok ? source.value.document.value : undefined)) {
      const inline = inlineScript(run);
      if (inline !== undefined)
        found.set(`${name} ${id}`, { file: `${name}, step ${id}`, prompts: findPrompts(inline, name) });
      for (const word of run) {
        const script = await readScript(word.startsWith('/') ? word : `${paths.repo_root}/${word}`, files);
        if (!script.ok) return script;
        if (script.value !== undefined) found.set(word, { file: word, prompts: findPrompts(script.value, word) });
      }
    }
  }
  return ok([...found.values()]);
}

/** The commands of a pipeline's steps. What is no pipeline is told by `config`, not here. */
function commandsOf(document: unknown): readonly { readonly id: string; readonly run: readonly string[] }[] {
  const steps = (document as { readonly steps?: unknown } | null | undefined)?.steps;
  if (!Array.isArray(steps)) return [];
  return steps.flatMap((step: { readonly id?: unknown; readonly run?: unknown } | null) => {
    const run = Array.isArray(step?.run) ? step.run.filter((word): word is string => typeof word === 'string') : [];
    return run.length === 0 ? [] : [{ id: String(step?.id), run }];
  });
}

function inlineScript(run: readonly string[]): string | undefined {
  if (!shell.test(run[0] ?? '')) return undefined;
  const flag = run.findIndex((word) => /^-\w*c$/.test(word));
  return flag < 0 ? undefined : run[flag + 1];
}

/** A word of a command that is a shell script: by its name, or by its first line. */
async function readScript(path: string, files: FilesPort): Promise<Result<string | undefined>> {
  if (path.includes('\0') || path.includes('\n')) return ok(undefined);
  const there = await files.stat(path);
  if (!there.ok || there.value?.kind !== 'file') return ok(undefined);
  const bytes = await files.read(path);
  if (!bytes.ok) return bytes;
  const text = new TextDecoder().decode(bytes.value);
  return ok(path.endsWith('.sh') || shebang.test(text) ? text : undefined);
}
