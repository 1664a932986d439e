import { err, manifestOf, ok, outcome, passed, type Step, within } from '@plumbline/contracts';
import manifest from '../step.json' with { type: 'json' };
import { observe, observeLock } from './observe.ts';
import { plan } from './plan.ts';
import { secretIn } from './secret-in.ts';

/** Renders the stack into the run's folder. Nothing outside it changes. */
export const generate: Step = {
  manifest: manifestOf(manifest),
  async run({ config, ports, runDir, emit }) {
    const templates = await observe(config, ports.files);
    if (!templates.ok) return templates;
    const lock = await observeLock(config, ports);
    if (!lock.ok) return lock;
    const generated = plan(config, templates.value, lock.value);
    if (!generated.ok) return generated;
    const { artifact, files } = generated.value;
    const told = secretIn(files, ports.secrets);
    if (told !== undefined) return err(told);
    for (const [path, text] of files) {
      emit({ type: 'progress', text: `writing ${path}` });
      const written = await ports.files.write(within(within(runDir, artifact.payload_dir), path), text);
      if (!written.ok) return written;
    }
    const services = Object.keys(artifact.services);
    const summary = `${files.size} files for ${services.length} services, generation ${artifact.generation.slice(0, 12)}`;
    return ok(
      outcome(summary, {
        outputs: { artifact },
        checks: [
          passed({
            id: 'generate.rendered',
            summary,
            evidence: { generation: artifact.generation, files: artifact.files },
          }),
        ],
      }),
    );
  },
};
