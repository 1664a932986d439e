// A vitest reporter that writes how many tests passed, failed and were skipped. What failed outside a test counts too:
// a file that does not load, a hook that throws, a rejection that nobody handled. `without`: why there was no Docker
// engine, where tests were left out for the want of one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
      }
      for (const suite of [module, ...module.children.allSuites()]) counts.failed += suite.errors().length;
    }
    const missing = join(process.env.PLUMBLINE_TEST_DOCKER_DIRECTORY ?? '', 'missing');
    if (existsSync(missing)) counts.without = readFileSync(missing, 'utf8');
    writeFileSync(process.env.PLUMBLINE_TEST_COUNTS, JSON.stringify(counts));
  }
}
