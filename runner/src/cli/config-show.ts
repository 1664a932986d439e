import { failureExit, ok, placeText, type Result } from '@plumbline/contracts';
import { files } from '../adapters/files.ts';
import { asDocument, type EffectiveSetting, effectiveSettings, resolvedPaths } from '../environment/effective.ts';
import { type Composed, composeEnvironment, type LoadedEnvironment, loadComposed } from '../environment/load.ts';
import { maskOf } from '../environment/mask.ts';
import { givenOf, refOf } from './environment.ts';
import { learnEnvironment } from './known-secrets.ts';
import type { CommonOptions } from './options.ts';
import { print, printFailure, scrubber, table } from './output.ts';

/** What `config show` takes. */
export interface ShowOptions extends CommonOptions {
  readonly origin?: boolean;
}

/** `config show`: what an environment comes to, and with --origin who says so. Reads, and changes nothing. */
export async function configShow(options: ShowOptions): Promise<number> {
  const json = options.json === true;
  const shown = await look(options);
  if (!shown.ok) {
    printFailure(shown.failure, json);
    return failureExit(shown.failure.code);
  }
  print(json ? JSON.stringify(asJson(shown.value, options), null, 2) : asText(shown.value, options));
  return 0;
}

interface Shown {
  readonly composed: Composed;
  readonly loaded: LoadedEnvironment;
  readonly settings: readonly EffectiveSetting[];
  readonly paths: Readonly<Record<string, string>>;
}

async function look(options: ShowOptions): Promise<Result<Shown>> {
  const composed = await composeEnvironment(refOf(options), files, givenOf(options));
  if (!composed.ok) return composed;
  const loaded = await loadComposed(composed.value, files);
  if (!loaded.ok) return loaded;
  await learnEnvironment(loaded.value.environment);
  const mask = maskOf(loaded.value.environment.secretsPolicy, scrubber);
  const masked = Object.entries(resolvedPaths(composed.value)).map(([name, path]) => [name, mask([], path)] as const);
  return ok({
    composed: composed.value,
    loaded: loaded.value,
    settings: effectiveSettings(composed.value, mask),
    paths: Object.fromEntries(masked),
  });
}

function asText({ composed, loaded, settings, paths }: Shown, { origin }: ShowOptions): string {
  const [first, ...more] = loaded.environment.files;
  const head = [`environment ${composed.name}: ${first}`, ...more.map((file) => `  extends ${file}`)];
  const rows = settings.map((setting) => [
    setting.name,
    written(setting.value),
    ...(origin ? [originOf(setting)] : []),
  ]);
  const columns = ['setting', 'value', ...(origin ? ['from'] : [])];
  return [
    head.join('\n'),
    table([columns, ...rows]),
    table([['path', 'on this host'], ...Object.entries(paths)]),
    `sha256 ${loaded.configSha256}`,
  ].join('\n\n');
}

function asJson({ composed, loaded, settings, paths }: Shown, { origin }: ShowOptions) {
  const origins = settings.map(({ name, variable, source, place }) => [
    name,
    { source, variable, ...(place && { place }) },
  ]);
  return {
    environment: composed.name,
    files: loaded.environment.files,
    config_sha256: loaded.configSha256,
    settings: asDocument(settings),
    paths,
    ...(origin ? { origins: Object.fromEntries(origins) } : {}),
  };
}

/** Text as it is, unless it would be read as something else, or would do something to a terminal. */
function written(value: unknown): string {
  return typeof value === 'string' && /^[\x21-\x7e\u00a1-\uffff]+$/.test(value) ? value : JSON.stringify(value);
}

function originOf({ source, place }: EffectiveSetting): string {
  return source === 'default' ? 'default' : placeText({ ...place, pointer: '' });
}
