import { contractPath, type FilesPort, type RunMeta } from '@plumbline/contracts';
import { runMeta, type Validator } from '@plumbline/contracts/validators';

/** The meta.json of a run's folder; undefined where there is none that fits. */
export function readMeta(runDir: string, files: FilesPort): Promise<RunMeta | undefined> {
  return readDocument<RunMeta>(contractPath('run', 'meta', runDir), runMeta, files);
}

/** A document of a run's folder; undefined where there is none that is whole and fits. */
export async function readDocument<T>(path: string, validator: Validator<T>, files: FilesPort): Promise<T | undefined> {
  const text = await files.readText(path);
  if (!text.ok) return undefined;
  try {
    const value: unknown = JSON.parse(text.value);
    return validator(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
