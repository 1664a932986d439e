import { expect, it } from 'vitest';
import { makeDeployment } from '../support/deployment.ts';
import { describeDocker } from '../support/docker.ts';
import { statuses } from '../support/pipelines.ts';
import { instances, replacedSince } from '../support/services.ts';

await describeDocker('a deployment whose tag has moved on since', (docker) => {
  it('must be gone back to with the image that it locks, under the name that it had', async () => {
    await using place = docker.project();
    await using d = await makeDeployment(docker);
    const tag = `${place.name}/grafana:1`;
    const imageOf = (name: string) => docker.docker('inspect', '--format', '{{.Id}}', name);
    await docker.docker('tag', docker.images.grafana, tag);
    try {
      d.configure((config) => {
        config.image_pins.grafana = tag;
        config.offline_mode = true;
      });
      expect((await d.plumb('images', 'lock')).code).toBe(0);
      const up = await d.plumb('up');
      expect(up.stdout, up.stderr).toMatch(/^green/);
      const before = await instances(d);

      // As a pull of a tag that was given to another image does. It is locked, and is no Grafana.
      await docker.docker('tag', docker.images.probe, tag);
      expect((await d.plumb('images', 'lock')).code).toBe(0);
      const moved = await d.plumb('up');
      expect(moved.code, `${moved.stdout}${moved.stderr}`).toBe(3);
      expect(moved.stdout).toMatch(/^rolled_back: up test/);
      expect(statuses(d.summary())).toMatchObject({ apply: 'fail', rollback: 'pass', reverify: 'pass' });
      const cause = 'its name stands for another image, or for none';
      expect(d.report('rollback').operations).toContainEqual({ op: 'retag', target: tag, cause, outcome: 'done' });
      expect(await replacedSince(before, d)).toEqual(['grafana']);
      expect(await imageOf(tag)).toBe(await imageOf(docker.images.grafana));
      expect((await d.plumb('verify')).code).toBe(0);

      // Only going back moves a tag: what is asked for now is not what is here, and that is told.
      const again = await d.plumb('up');
      expect(again.code, again.stdout).toBe(2);
      expect(d.summary().errors.map(({ code }) => code)).toContain('E_PROOF_IMAGE_MISMATCH');
      expect(await imageOf(tag)).toBe(await imageOf(docker.images.grafana));
    } finally {
      expect((await d.plumb('down')).code).toBe(0);
      await docker.docker('rmi', tag);
    }
  });
});
