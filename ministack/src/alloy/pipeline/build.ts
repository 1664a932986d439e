import { ok, type Result } from '@plumbline/contracts';
import type { AlloyObject, Capsule, ComponentGraph, Value } from '@plumbline/formats/alloy';
import { parseGoDuration } from '@plumbline/formats/go-duration';
import { parseGoSize } from '@plumbline/formats/go-size';
import { type Arguments, fault } from '../config/arguments.ts';
import type { Evaluated } from '../config/evaluate.ts';
import type { Entry, Handler, Labels } from './entry.ts';
import { type Rule, relabelRule } from './relabel.ts';
import { lengthLimit, type Stage, stage } from './stages.ts';

/** One place that lines are sent to. */
export interface Endpoint {
  /** Names the endpoint in the record on disk. */
  readonly key: string;
  readonly component: string;
  readonly url: string;
  readonly host: string;
  readonly tenant: string;
  readonly headers: Labels;
  readonly externalLabels: Labels;
  readonly batchWaitMs: number;
  readonly batchBytes: number;
  readonly timeoutMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly maxRetries: number;
  readonly retry429: boolean;
}

interface LineLimit {
  readonly component: string;
  readonly limit: number;
  readonly reason: string;
}

export interface Pipeline {
  /** What a source of that id hands its lines to. */
  readonly from: ReadonlyMap<string, Handler>;
  readonly endpoints: readonly Endpoint[];
  /** The greatest length at which a drop stage may let a line pass; readers skip what is far beyond. */
  readonly limit: LineLimit | undefined;
}

export interface PipelineHooks {
  readonly store: (endpoint: Endpoint, labels: Labels, entry: Entry) => void;
  readonly dropped: (component: string, reason: string) => void;
  readonly tooLong: (component: string, entry: Entry, bytes: number, limit: number) => void;
  readonly echo: (component: string, entry: Entry) => void;
}

/** Builds the handlers of all components, receivers first. */
export function buildPipeline(graph: ComponentGraph, evaluated: Evaluated, hooks: PipelineHooks): Result<Pipeline> {
  const handlers = new Map<string, Handler>();
  const from = new Map<string, Handler>();
  const endpoints: Endpoint[] = [];
  let limit: LineLimit | undefined;
  for (const id of graph.order) {
    const args = evaluated.args.get(id)!;
    const next = forward(
      ((args.values.forward_to ?? []) as readonly Capsule[]).map((c) => handlers.get(String(c.held))!),
    );
    const refused = (block: Arguments, message: string) => fault(graph, block.pos, message);
    if (args.name === 'loki.source.file') from.set(id, next);
    if (args.name === 'loki.echo') handlers.set(id, (entry) => hooks.echo(id, entry));
    if (args.name === 'loki.relabel') {
      const rules: Rule[] = [];
      for (const block of args.blocks) {
        const rule = relabelRule(block);
        if (!rule.ok) return refused(block, rule.failure);
        rules.push(rule.value);
      }
      handlers.set(id, relabelHandler(rules, next));
    }
    if (args.name === 'loki.process') {
      const stages: Stage[] = [];
      for (const block of args.blocks) {
        const made = stage(block, (entry, bytes, max) => hooks.tooLong(id, entry, bytes, max));
        if (!made.ok) return refused(block, made.failure);
        stages.push(made.value);
        const length = lengthLimit(block);
        if (length && length.limit > (limit?.limit ?? 0)) limit = { component: id, ...length };
      }
      handlers.set(
        id,
        processHandler(stages, next, (reason) => hooks.dropped(id, reason)),
      );
    }
    if (args.name === 'loki.write') {
      const own: Endpoint[] = [];
      for (const [index, block] of args.blocks.entries()) {
        const made = endpoint(id, index, block, args);
        if (typeof made === 'string') return refused(block, made);
        own.push(made);
      }
      endpoints.push(...own);
      handlers.set(id, writeHandler(own, hooks.store));
    }
  }
  return ok({ from, endpoints, limit });
}

function forward(next: readonly Handler[]): Handler {
  if (next.length === 1) return next[0]!;
  return (entry) => {
    for (const handler of next) handler({ ...entry, extracted: undefined });
  };
}

/** The lines of a file share one label set, so the outcome of the rules is remembered by it. */
function relabelHandler(rules: readonly Rule[], next: Handler): Handler {
  const remembered = new WeakMap<Labels, { readonly labels: Labels | undefined }>();
  return (entry) => {
    let found = remembered.get(entry.labels);
    if (!found) {
      let labels: Labels | undefined = entry.labels;
      for (const rule of rules) labels = labels && rule(labels);
      found = { labels: labels && Object.keys(labels).length > 0 ? labels : undefined };
      remembered.set(entry.labels, found);
    }
    if (!found.labels) return;
    entry.labels = found.labels;
    next(entry);
  };
}

function processHandler(stages: readonly Stage[], next: Handler, dropped: (reason: string) => void): Handler {
  return (entry) => {
    entry.extracted = { ...entry.labels };
    for (const run of stages) {
      const reason = run(entry);
      if (reason !== undefined) return dropped(reason);
    }
    next(entry);
  };
}

/** Labels of the line win over external ones. */
function writeHandler(endpoints: readonly Endpoint[], store: PipelineHooks['store']): Handler {
  const merged = endpoints.map(() => new WeakMap<Labels, Labels>());
  return (entry) => {
    for (const [i, to] of endpoints.entries()) {
      let labels = merged[i]!.get(entry.labels);
      if (!labels) {
        labels = { ...to.externalLabels, ...entry.labels };
        merged[i]!.set(entry.labels, labels);
      }
      store(to, labels, entry);
    }
  };
}

function endpoint(component: string, index: number, block: Arguments, parent: Arguments): Endpoint | string {
  const text = (name: string) => block.values[name] as string;
  const ms = (name: string) => unwrap(parseGoDuration(text(name)));
  const plain = (value: Value | undefined) => Object.fromEntries((value as AlloyObject) ?? []) as Labels;
  let host: string;
  try {
    host = new URL(text('url')).host;
  } catch {
    return `failed to parse remote url "${text('url')}"`;
  }
  return {
    key: `${component}/${index}`,
    component,
    url: text('url'),
    host,
    tenant: text('tenant_id'),
    headers: plain(block.values.headers),
    externalLabels: plain(parent.values.external_labels),
    batchWaitMs: ms('batch_wait'),
    batchBytes: unwrap(parseGoSize(text('batch_size'))),
    timeoutMs: ms('remote_timeout'),
    minBackoffMs: ms('min_backoff_period'),
    maxBackoffMs: ms('max_backoff_period'),
    maxRetries: Number(block.values.max_backoff_retries),
    retry429: block.values.retry_on_http_429 === true,
  };
}

function unwrap(result: Result<number>): number {
  return result.ok ? result.value : 0;
}
