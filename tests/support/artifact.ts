import { type Artifact, hashOf, type Input, type Payload, sha256 } from '../../contracts/src/index.ts';

export const payload: Readonly<Record<string, string>> = {
  'compose.yml': 'name: demo\n',
  'loki/loki.yml': 'auth_enabled: false\n',
  'alloy/config.alloy': '// nothing\n',
};

/** The same as bytes. */
export const payloadBytes: Payload = new Map(
  Object.entries(payload).map(([path, text]) => [path, new TextEncoder().encode(text)]),
);

const service = (name: string, after: readonly string[]) => ({
  image: `example/${name}:1.0.0`,
  store: `store/${name}-0123456789ab`,
  config_sha256: '0123456789ab'.padEnd(64, 'c'),
  service_hash: 'a'.repeat(64),
  after: [...after],
  volumes: [] as string[],
});

/** An artifact of two services, of which alloy waits for loki, changed as a test needs it; its generation is right. */
export function makeArtifact(change: Partial<Omit<Artifact, 'generation'>> = {}): Artifact {
  const content = {
    schema_version: '1' as const,
    project: 'plumbline-demo',
    environment: 'demo',
    stack: 'observability',
    payload_dir: 'artifact',
    compose_file: 'compose.yml',
    services: { alloy: service('alloy', ['loki']), loki: service('loki', []) },
    files: Object.entries(payload).map(([path, text]) => ({
      path,
      sha256: sha256(text),
      size: text.length,
      mode: '0444' as const,
    })),
    ...change,
  };
  return { ...content, generation: hashOf(content) };
}

/** An artifact as a step is given it, read from `/run`. */
export function artifactInput(data: Artifact): Input<Artifact> {
  return { data, path: '/run/artifact.json', origin: 'a test', sha256: 'd'.repeat(64) };
}
