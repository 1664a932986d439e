import { failureExit } from '@plumbline/contracts';
import { svgOf } from '../adapters/graph-svg.ts';
import type { LoadedEnvironment } from '../environment/load.ts';
import { dotOf, mermaidOf, reasonsOf } from '../graph/draw.ts';
import { fileOf, type Graph, type GraphNode } from '../graph/graph-types.ts';
import { learnGraph } from '../run/learn-secrets.ts';
import { environmentOf } from './environment.ts';
import { concurrencyOf, type PlanOptions } from './options.ts';
import { print, printFailure, scrubber, table } from './output.ts';
import { pipelineGraph } from './pipelines.ts';

/** `plan [PIPELINE]`: the graph of a pipeline, drawn. Reads, and changes nothing. */
export async function plan(name: string, options: PlanOptions): Promise<number> {
  const asJson = options.json === true || options.format === 'json';
  const loaded = await environmentOf(options);
  const graph = loaded.ok ? await pipelineGraph(name)(loaded.value) : loaded;
  if (!loaded.ok || !graph.ok) {
    const failed = loaded.ok ? graph : loaded;
    if (failed.ok) return 0;
    printFailure(failed.failure, asJson);
    return failureExit(failed.failure.code);
  }
  learnGraph(graph.value, process.env, loaded.value.environment.secretsPolicy, scrubber);
  // Before it is drawn: what is too long for a picture is cut.
  const drawn = scrubber.value(graph.value);
  const concurrency = concurrencyOf(options);
  const format = asJson ? 'json' : options.format;
  if (format === 'svg') print(await svgOf(dotOf(drawn)));
  else if (format === 'mermaid') print(mermaidOf(drawn));
  else if (format === 'json') print(JSON.stringify(planJson(drawn, loaded.value, concurrency), null, 2));
  else print(planText(drawn, loaded.value, concurrency));
  return 0;
}

/** Pure. */
export function planText(graph: Graph, { environment }: LoadedEnvironment, concurrency: number): string {
  const { pipeline, nodes, onFailure } = graph;
  const count = nodes.filter((node) => node.cellOf === undefined).length;
  const head = `${pipeline} ${environment.name}: ${count} steps, at most ${concurrency} at once, after a failure ${onFailure}`;
  return `${head}\n\n${table([['step', 'runs', 'if', 'limit', 'waits for'], ...nodes.map(row)])}`;
}

function row(node: GraphNode): readonly string[] {
  const runs =
    node.cells === undefined ? (node.command?.argv.join(' ') ?? node.uses) : `merges ${node.cells.length} cells`;
  const tries = node.retries === 0 ? '' : `, ${node.retries + 1} tries`;
  return [
    node.id,
    runs.length > 40 ? `${runs.slice(0, 39)}…` : runs,
    node.cells === undefined ? node.when : '-',
    node.cells === undefined ? `${node.timeoutS} s${tries}` : '-',
    waits(node),
  ];
}

function waits(node: GraphNode): string {
  if (node.cells !== undefined) return 'its cells';
  const outside = Object.entries(node.inputs).flatMap(([name, binding]) =>
    binding.from === 'outside' ? [`nothing: ${name} comes from outside`] : [],
  );
  const steps = reasonsOf(node).map(({ step, for: names }) =>
    names.length === 0 ? `${step} (after)` : `${step} (${names.join(', ')})`,
  );
  return [...steps, ...outside].join(', ') || 'nothing';
}

function planJson(graph: Graph, { environment }: LoadedEnvironment, concurrency: number) {
  return {
    pipeline: graph.pipeline,
    environment: environment.name,
    on_failure: graph.onFailure,
    concurrency,
    steps: graph.nodes.map((node) => ({
      id: node.id,
      uses: node.uses,
      ...(node.command === undefined ? {} : { run: node.command.argv }),
      ...(node.cellOf === undefined ? {} : { cell_of: node.cellOf }),
      ...(node.cells === undefined ? {} : { cells: node.cells }),
      waits_for: reasonsOf(node),
      inputs: node.inputs,
      outputs: Object.fromEntries(node.manifest.outputs.map((output) => [output.name, fileOf(node, output)])),
      params: node.params,
      when: node.when,
      retries: node.retries,
      backoff_s: node.backoffS,
      timeout_s: node.timeoutS,
    })),
  };
}
