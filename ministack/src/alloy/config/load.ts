import { createHash } from 'node:crypto';
import { err, failure, ok, type Result } from '@plumbline/contracts';
import {
  blockName,
  buildGraph,
  type ComponentGraph,
  type Environment,
  parseAlloy,
  stdlib,
} from '@plumbline/formats/alloy';
import { buildPipeline, type Pipeline, type PipelineHooks } from '../pipeline/build.ts';
import { decode, fault } from './arguments.ts';
import { type Evaluated, evaluateAll, type Match } from './evaluate.ts';
import { logging } from './specs.ts';

export interface Loaded {
  readonly graph: ComponentGraph;
  readonly sha256: string;
  readonly level: string;
  readonly evaluated: Evaluated;
  readonly pipeline: Pipeline;
}

export interface LoadOptions {
  readonly file: string;
  readonly environment: Environment;
  readonly match: Match;
  readonly hooks: PipelineHooks;
}

/** Reads, links and checks a configuration. Nothing runs before all of it is right. */
export function load(bytes: Buffer, options: LoadOptions): Result<Loaded> {
  const source = decodeUtf8(bytes);
  if (source === undefined)
    return err(failure('E_CONFIG_PARSE', 'illegal UTF-8 encoding', { place: { file: options.file } }));
  const parsed = parseAlloy(source, options.file);
  if (!parsed.ok) return parsed;
  const graph = buildGraph(parsed.value);
  if (!graph.ok) return graph;
  const level = settings(graph.value, options.environment);
  if (!level.ok) return level;
  const evaluated = evaluateAll(graph.value, options.environment, options.match);
  if (!evaluated.ok) return evaluated;
  const pipeline = buildPipeline(graph.value, evaluated.value, options.hooks);
  if (!pipeline.ok) return pipeline;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return ok({ graph: graph.value, sha256, level: level.value, evaluated: evaluated.value, pipeline: pipeline.value });
}

function settings(graph: ComponentGraph, environment: Environment): Result<string> {
  let level = 'info';
  for (const block of graph.settings) {
    const name = blockName(block);
    if (name !== 'logging') return fault(graph, block.pos, `block "${name}" is not implemented by the stand-in`);
    const decoded = decode(block, logging, { file: graph.file, names: stdlib(environment) });
    if (!decoded.ok) return decoded;
    level = decoded.value.values.level as string;
    if (!['debug', 'info', 'warn', 'error'].includes(level))
      return fault(graph, block.pos, `unrecognized log level "${level}"`);
    const format = decoded.value.values.format as string;
    if (format === 'json') return fault(graph, block.pos, 'log format "json" is not implemented by the stand-in');
    if (format !== 'logfmt') return fault(graph, block.pos, `unrecognized log format "${format}"`);
  }
  return ok(level);
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
