import { type Failure, failure, type Pipeline, type Result } from '@plumbline/contracts';
import { pipeline as validator } from '@plumbline/contracts/validators';
import { fitDocument } from '@plumbline/formats/document';
import type { ObservedPipeline } from './observation.ts';

/** What is wrong with the pipeline files. A broken one would be found only when somebody needs it, and that may be `down`. */
export function faultsOf(pipelines: readonly ObservedPipeline[]): readonly Failure[] {
  return pipelines.flatMap((pipeline) => {
    const fault = faultOf(pipeline);
    return fault === undefined ? [] : [{ ...fault, message: `${pipeline.name}.json: ${fault.message}` }];
  });
}

function faultOf({ name, source }: ObservedPipeline): Failure | undefined {
  const document: Result<Pipeline> = source.ok ? fitDocument<Pipeline>(source.value.document, validator) : source;
  if (!document.ok) return document.failure;
  if (document.value.name === name) return undefined;
  const place = source.ok ? source.value.document.place(['name']) : {};
  return failure('E_CONFIG_INVALID_VALUE', `the pipeline calls itself "${document.value.name}"`, { place });
}
