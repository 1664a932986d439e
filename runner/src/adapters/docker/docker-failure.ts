import { type ErrorCode, type Failure, failure } from '@plumbline/contracts';

/** What docker says, and what that is. The first that fits counts. */
const known: readonly (readonly [RegExp, ErrorCode])[] = [
  [/port is already allocated|address already in use|ports are not available/i, 'E_RUNTIME_PORT_CONFLICT'],
  [
    /no such image|manifest (?:for .* )?(?:is )?(?:not found|unknown)|pull access denied|repository .* not found/i,
    'E_DEPS_IMAGE_MISSING',
  ],
  [
    /cannot connect to the docker daemon|error during connect|is the docker daemon running|permission denied while trying to connect/i,
    'E_RUNTIME_ENGINE_UNREACHABLE',
  ],
  [/no matching manifest for|does not match the (?:specified|detected host) platform/i, 'E_DEPS_IMAGE_PLATFORM'],
  [
    /dial tcp|no such host|i\/o timeout|TLS handshake|connection (?:refused|reset)|request canceled while waiting/i,
    'E_NETWORK_UNREACHABLE',
  ],
  [/is not a docker command|unknown (?:shorthand )?flag|unknown docker command/i, 'E_DEPS_TOOL_MISSING'],
  [/bind source path does not exist/i, 'E_CONFIG_NOT_FOUND'],
  [/no space left on device|disk quota exceeded/i, 'E_ENV_DISK_FULL'],
];
const SHOWN = 20;

/** Why a docker command failed: its own last words, and the code that they stand for. Pure. */
export function failureOfDocker(args: readonly string[], ended: string, output: string): Failure {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const code = known.find(([pattern]) => pattern.test(output))?.[1] ?? 'E_RUNTIME_COMPOSE_FAILED';
  const matched = known.find(([pattern]) => pattern.test(output))?.[0];
  // What the daemon says may go on for lines, the last of which is the end of a bracket.
  const said =
    (matched && lines.findLast((line) => matched.test(line))) ??
    lines.findLast((line) => line.startsWith('Error response from daemon:')) ??
    lines.at(-1) ??
    'it said nothing';
  const name = /container name "\/?([^"]+)" is already in use/.exec(said)?.[1];
  return failure(code, `docker ${verbOf(args)} failed (${ended}): ${said}`, {
    ...(name === undefined
      ? {}
      : { hint: `it is none of this project's: \`docker rename ${name} ${name}-old\`, or remove it` }),
    evidence: { said: lines.slice(-SHOWN) },
    ...(code === 'E_NETWORK_UNREACHABLE' ? { hint: REGISTRY_HINT } : {}),
  });
}

const REGISTRY_HINT =
  'check the way to the registry that the pin names; or bring the images from another host: `./plumb images export FILE` there, `./plumb images import FILE` here';

/** A registry that could not be asked about an image, and why. */
export function registryDown(image: string, why: string): Failure {
  return failure('E_NETWORK_UNREACHABLE', `the registry of ${image} cannot be asked: ${why.trim()}`, {
    hint: REGISTRY_HINT,
  });
}

/** `compose up`, without the options in between. */
function verbOf(args: readonly string[]): string {
  const [first = '', ...rest] = args;
  if (first !== 'compose') return first;
  return `compose ${rest.find((part, n) => !part.startsWith('-') && !(rest[n - 1] ?? '').startsWith('--')) ?? ''}`.trim();
}
