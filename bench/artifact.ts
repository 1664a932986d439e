import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Artifact, hashOf, sha256 } from '@plumbline/contracts';

const BYTES = 4096;
const A_FOLDER = 100;

/** An artifact of `count` files of 4 KiB, no two the same, that deploys nothing: it is there to be hashed. */
export function writeArtifact(folder: string, count: number): void {
  const payload = Array.from({ length: count }, (_, n) => {
    const path = n === 0 ? 'compose.yml' : `${Math.floor(n / A_FOLDER)}/${n}.txt`;
    return { path, text: `file ${n}\n`.repeat(BYTES).slice(0, BYTES) };
  });
  const content: Omit<Artifact, 'generation'> = {
    schema_version: '1',
    project: 'bench',
    environment: 'bench',
    stack: 'bench',
    payload_dir: 'artifact',
    compose_file: 'compose.yml',
    services: {},
    files: payload.map(({ path, text }) => ({ path, sha256: sha256(text), size: text.length, mode: '0444' })),
  };
  for (const { path, text } of payload) {
    const file = join(folder, content.payload_dir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(folder, 'artifact.json'), JSON.stringify({ ...content, generation: hashOf(content) }));
}
