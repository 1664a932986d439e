import { type FilesPort, noFileAt, ok, type Paths, type Result } from '@plumbline/contracts';
import { readSource } from '@plumbline/formats/source';
import type { ObservedPipeline } from './observation.ts';

/** The pipeline files: those that a run can name, which lie in the folder itself. */
export async function observePipelines(
  { pipelines_dir }: Paths,
  files: FilesPort,
): Promise<Result<readonly ObservedPipeline[]>> {
  const listed = await files.list(pipelines_dir);
  if (!listed.ok) return listed;
  const found: ObservedPipeline[] = [];
  for (const name of listed.value.flatMap((path) => /^([^/]+)\.json$/.exec(path)?.[1] ?? [])) {
    const file = `${pipelines_dir}/${name}.json`;
    const instead = await noFileAt(file, files);
    // What has no file behind its name is told by desired_state, and must not be read.
    if (instead.ok && instead.value !== undefined) continue;
    found.push({ name, file, source: instead.ok ? await readSource(file, files) : instead });
  }
  return ok(found);
}
