import { join } from 'node:path';
import { bundle } from '../scripts/bundle.mjs';

const here = import.meta.dirname;

await bundle({ packageDir: here, programs: { plumb: join(here, 'src/cli/main.ts') }, split: true });
