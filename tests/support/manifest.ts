import type { StepManifest } from '../../contracts/src/index.ts';

/** A manifest that takes and gives documents by name; each schema is named as the document unless given `name:schema`. */
export function manifest(
  name: string,
  documents: {
    readonly takes?: readonly string[];
    readonly gives?: readonly string[];
    readonly optional?: boolean;
  } = {},
  more: Partial<StepManifest> = {},
): StepManifest {
  const split = (text: string) => ({ name: text.split(':')[0] as string, schema: text.split(':').at(-1) as string });
  return {
    schema_version: '1',
    name,
    purpose: `the step ${name}`,
    kind: 'changing',
    inputs: (documents.takes ?? []).map((d) => ({ ...split(d), required: documents.optional !== true, purpose: 'x' })),
    outputs: (documents.gives ?? []).map((d) => ({ ...split(d), file: `${split(d).name}.json`, purpose: 'x' })),
    params: {},
    modes: ['apply'],
    effects: [],
    safety: 'safe',
    idempotency: 'full',
    tools: [],
    errors: [],
    ...more,
  };
}
