// Loaded into a Node program that is measured: at its end it writes down the most memory that the program held.
import { writeFileSync } from 'node:fs';

const path = process.env.PLUMBLINE_BENCH_RSS;
// Its own children are not measured.
delete process.env.PLUMBLINE_BENCH_RSS;
if (path !== undefined) process.once('exit', () => writeFileSync(path, String(process.resourceUsage().maxRSS)));
