// Each folder of src with a main.ts is a program. They share no file, so that the hash of one says all about it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../scripts/bundle.mjs';

const here = import.meta.dirname;
const source = (name) => join(here, 'src', name, 'main.ts');
const names = readdirSync(join(here, 'src')).filter((name) => existsSync(source(name)));

await bundle({
  packageDir: here,
  programs: Object.fromEntries(names.sort().map((name) => [name, source(name)])),
  split: false,
});
