import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeDeployment } from './support/deployment.ts';

it('lines of a source that are dropped on their way must be a warning, whatever older lines the store still has', async () => {
  await using d = await makeDeployment();
  const file = join(d.logs, 'app.log');
  appendFileSync(file, 'old\n');
  expect((await d.plumb('up')).code).toBe(0);
  expect((await d.plumb('verify')).code).toBe(0);
  d.edit('config/stacks/observability/templates/alloy/config.alloy.j2', (text) =>
    text.replace(
      'stage.drop {\n    longer_than ',
      'stage.drop {\n    expression = "^unwanted"\n  }\n\n  stage.drop {\n    longer_than ',
    ),
  );
  await d.plumb('up');
  appendFileSync(file, 'unwanted\n'.repeat(50));
  // In place of waiting until the line that the store has is old.
  const later = Date.now() / 1000 + 120;
  utimesSync(file, later, later);
  const verify = await d.plumb('verify');
  expect(verify.code).toBe(1);
  expect(verify.stdout).toMatch(/E_PROOF_MARKER_MISSING \(proof\): 1 files of app were written to and read after/);
});
