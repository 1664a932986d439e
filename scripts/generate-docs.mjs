// Writes docs/reference and docs/errors from contracts/ and from the actions of autoheal.
//
//   node scripts/generate-docs.mjs                   writes them; removes a page that nothing makes any more
//   node scripts/generate-docs.mjs --check           writes nothing, names each page that is not current, and exits with 1
//   node scripts/generate-docs.mjs --into FOLDER …   the same for another folder than docs/
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { errorPage } from './docs/error-page.mjs';
import { schemaReference } from './docs/schema-reference.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FOLDERS = ['reference', 'errors'];
/** Page -> its title and the schema that it tells of. */
const REFERENCES = {
  environment: ['Environment: `config/bootstrap.<name>.json`', 'bootstrap'],
  pipeline: ['Pipeline: `config/pipelines/<name>.json`', 'pipeline'],
  stack: ['Stack: `stack.json`', 'stack'],
  'health-contract': ['Health contract: `health_contract.json`', 'health-contract'],
  'secrets-policy': ['Secrets policy: `secrets_policy.json`', 'secrets-policy'],
};

const readJson = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Every page, by its path in the folder. */
function pages() {
  const references = Object.entries(REFERENCES).map(([page, [title, name]]) => {
    const source = `contracts/schemas/${name}.schema.json`;
    return [`reference/${page}.md`, schemaReference({ title, schema: readJson(source), source })];
  });
  const { buckets, errors } = readJson('contracts/error_taxonomy.json');
  const actions = readJson('steps/autoheal/actions.json');
  const errorPages = Object.entries(buckets).map(([bucket, meaning]) => {
    const own = Object.entries(errors).filter(([, entry]) => entry.bucket === bucket);
    return [`errors/${bucket}.md`, errorPage({ bucket, meaning, errors: own, actions })];
  });
  return new Map([...references, ...errorPages]);
}

/** The pages that a folder has. */
function written(folder) {
  return FOLDERS.flatMap((name) => {
    try {
      return readdirSync(join(folder, name)).map((file) => `${name}/${file}`);
    } catch {
      return [];
    }
  });
}

function isCurrent(path, text) {
  try {
    return text !== undefined && readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

const { values } = parseArgs({ options: { check: { type: 'boolean' }, into: { type: 'string' } } });
const into = values.into ?? join(root, 'docs');
const wanted = pages();
const stale = [...new Set([...wanted.keys(), ...written(into)])].filter(
  (path) => !isCurrent(join(into, path), wanted.get(path)),
);
if (values.check) {
  for (const path of stale) console.error(`stale: ${relative(root, join(into, path))} (run \`pnpm generate\`)`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const folder of FOLDERS) mkdirSync(join(into, folder), { recursive: true });
  for (const path of stale) {
    const text = wanted.get(path);
    if (text === undefined) rmSync(join(into, path));
    else writeFileSync(join(into, path), text);
  }
}
