import { type Environment, err, type FilesPort, failure, ok, type Result } from '@plumbline/contracts';

/** Every template of the stack, by its name below `templates/`. */
export type Templates = ReadonlyMap<string, string>;

/** Reads the stack's templates. */
export async function observe(config: Environment, files: FilesPort): Promise<Result<Templates>> {
  const folder = `${config.paths.stacks_dir}/${config.bootstrap.stack}/templates`;
  const names = await files.list(folder);
  if (!names.ok) return names;
  if (names.value.length === 0) {
    return err(
      failure('E_CONFIG_NOT_FOUND', `the stack ${config.bootstrap.stack} has no templates`, {
        place: { file: folder },
      }),
    );
  }
  const templates = new Map<string, string>();
  for (const name of names.value) {
    const text = await files.readText(`${folder}/${name}`);
    if (!text.ok) return text;
    templates.set(name, text.value);
  }
  return ok(templates);
}
