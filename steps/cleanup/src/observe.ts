import {
  type Belonging,
  contractPath,
  type Environment,
  type Failure,
  failure,
  ok,
  ownerOf,
  type Ports,
  pointer,
  type Result,
  type RunningService,
} from '@plumbline/contracts';

/** What is there to clean up. */
export interface Observed {
  readonly running: readonly RunningService[];
  /** Whether `current` names a generation. */
  readonly deployed: boolean;
  /** What is on the engine; undefined where it has nothing to itself, or does not tell. */
  readonly belongings: readonly Belonging[] | undefined;
  /** Whether collected data is there that is ours to remove. */
  readonly data: boolean;
  /** What stands in the deploy root in the place of `current` or of `volumes`, and is not Plumbline's to remove. */
  readonly unsafe: Readonly<Record<string, Failure>>;
}

/** Looks at what runs and what is kept of it. Refuses a deploy root of another project, or of a newer layout. Changes nothing. */
export async function observe({ bootstrap, paths }: Environment, { files, engine }: Ports): Promise<Result<Observed>> {
  const root = paths.deploy_root;
  const owner = await ownerOf(root, bootstrap.compose_project_name, files);
  if (!owner.ok) return owner;
  // An engine that does not tell what runs is still told to stop it: what does not answer is what is to be cleaned up.
  const running = await engine.observe();
  const all = await engine.belongings?.();
  const belongings = all?.ok === true ? all.value : undefined;
  const current = await pointer('current', root, files);
  if (!current.ok && current.failure.code !== 'E_ENV_ROOT_UNSAFE') return current;
  const volumes = await engine.volumes();
  const named = belongings?.filter(({ kind, foreign }) => kind === 'volume' && foreign === undefined);
  const found = named ?? (volumes.ok ? volumes.value : []);
  const folder = contractPath('deploy', 'volumes', root);
  const data = await files.stat(folder);
  if (!data.ok) return data;
  const isOwn = data.value === undefined || data.value.kind === 'directory';
  const led = failure('E_ENV_ROOT_UNSAFE', `${folder} is not a directory of its own`, { place: { file: folder } });
  return ok({
    running: running.ok ? running.value : [],
    deployed: current.ok && current.value !== undefined,
    belongings,
    data: isOwn && found.length > 0,
    unsafe: { ...(current.ok ? {} : { current: current.failure }), ...(isOwn ? {} : { volumes: led }) },
  });
}
