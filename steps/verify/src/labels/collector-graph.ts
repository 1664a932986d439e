import {
  type Check,
  type Environment,
  type Failure,
  failure,
  notPassed,
  passed,
  type Result,
} from '@plumbline/contracts';
import {
  type Block,
  blockName,
  buildGraph,
  type ComponentGraph,
  type ComponentNode,
  literalValue,
  parseAlloy,
  reachable,
  stages,
} from '@plumbline/formats/alloy';

const SOURCE = /^loki\.source\./;
const SINK = 'loki.write';

/**
 * What the collector's configuration promises, read from its component graph: a stage that is commented out, or that
 * no line passes, does not count (seed 002, P15). Pure.
 */
export function judgeCollector(
  read: Result<{ readonly text: string; readonly file: string }>,
  config: Environment,
): readonly Check[] {
  const graph = read.ok ? graphOf(read.value.text, read.value.file) : read;
  if (!graph.ok) {
    const summary = `could not look: ${graph.failure.message}`;
    return ['L4.redaction', 'L4.allowlists'].map((id) => notPassed({ id, summary }, 'unknown', graph.failure));
  }
  return [redaction(graph.value, config), allowlists(graph.value)];
}

function graphOf(text: string, file: string): Result<ComponentGraph> {
  const parsed = parseAlloy(text, file);
  return parsed.ok ? buildGraph(parsed.value) : parsed;
}

/** Every way from a source to the store must pass, for each rule of the policy, a stage that carries it out. */
function redaction(graph: ComponentGraph, { secretsPolicy }: Environment): Check {
  const nodes = [...graph.nodes.values()];
  const sources = nodes.filter((node) => SOURCE.test(node.name));
  const leaks = secretsPolicy.redaction.flatMap(({ name, expression }) => {
    const masking = new Set(
      nodes.filter((node) => masks(node, expression, secretsPolicy.replacement)).map((node) => node.id),
    );
    return sources
      .filter((source) => reaches(graph, source, masking))
      .map((source) => ({ rule: name, source: source.id }));
  });
  const evidence = {
    sources: sources.map((node) => node.id),
    rules: secretsPolicy.redaction.map((rule) => rule.name),
    leaks,
  };
  if (sources.length === 0) {
    const summary = 'the configuration has no source of lines: nothing shows that a line would be redacted';
    return notPassed(
      { id: 'L4.redaction', summary, evidence },
      'unknown',
      failure('E_CONFIG_REDACTION_UNREACHABLE', summary, { place: { file: graph.file } }),
    );
  }
  if (leaks.length === 0) {
    const summary = `every line of ${sources.length} sources passes all ${secretsPolicy.redaction.length} redaction rules`;
    return passed({ id: 'L4.redaction', summary, evidence });
  }
  const first = leaks[0];
  const summary = `${leaks.length} ways around the redaction: ${first?.source} reaches the store without rule ${first?.rule}`;
  return notPassed({ id: 'L4.redaction', summary, evidence }, 'fail', leak(graph, first?.source, summary));
}

function leak(graph: ComponentGraph, source: string | undefined, summary: string): Failure {
  const pos = graph.nodes.get(source ?? '')?.block.pos;
  const place = pos === undefined ? {} : { place: { file: graph.file, line: pos.line, column: pos.column } };
  return failure('E_CONFIG_REDACTION_UNREACHABLE', summary, place);
}

function reaches(graph: ComponentGraph, source: ComponentNode, without: ReadonlySet<string>): boolean {
  return [...reachable(graph, source.id, without)].some((id) => graph.nodes.get(id)?.name === SINK);
}

/** Only a stage of the component itself counts: one inside a `stage.match` sees the lines that match, and no other. */
function masks(node: ComponentNode, expression: string, replacement: string): boolean {
  if (node.name !== 'loki.process') return false;
  return stages(node).some((stage) => {
    if (blockName(stage) !== 'stage.replace' || text(stage, 'source') !== undefined) return false;
    return text(stage, 'expression') === expression && text(stage, 'replace') === replacement;
  });
}

function text(block: Block, name: string): string | undefined {
  const attribute = block.body.find((statement) => statement.kind === 'attribute' && statement.name === name);
  if (attribute?.kind !== 'attribute' || attribute.value.kind !== 'literal') return undefined;
  const value = literalValue(attribute.value);
  return typeof value === 'string' ? value : undefined;
}

/** Which containers and units are read must be said: else the collector reads whatever the host runs. */
function allowlists(graph: ComponentGraph): Check {
  const asking = [...graph.nodes.values()].filter(
    (node) => node.name === 'loki.source.docker' || node.name === 'loki.source.journal',
  );
  const evidence = { sources: asking.map((node) => node.id) };
  if (asking.length === 0) {
    return passed(
      { id: 'L4.allowlists', summary: 'the collector reads no containers and no journal', evidence },
      'skipped',
    );
  }
  const open = asking.filter(
    (node) => !(node.name === 'loki.source.journal' ? text(node.block, 'matches') : keepsBefore(graph, node)),
  );
  if (open.length === 0)
    return passed({ id: 'L4.allowlists', summary: `${asking.length} sources read what an allowlist names`, evidence });
  const summary = `${open.map((node) => node.id).join(' and ')} reads without an allowlist`;
  const pos = open[0]?.block.pos;
  const place = pos === undefined ? {} : { place: { file: graph.file, line: pos.line, column: pos.column } };
  return notPassed(
    { id: 'L4.allowlists', summary, evidence },
    'fail',
    failure('E_CONFIG_ALLOWLIST_MISSING', summary, place),
  );
}

/** Whether a `discovery.relabel` with a keep rule stands before a source of containers. */
function keepsBefore(graph: ComponentGraph, source: ComponentNode): boolean {
  return [...graph.nodes.values()].some((node) => {
    const keeps = node.name === 'discovery.relabel' && stages(node).some((rule) => text(rule, 'action') === 'keep');
    return keeps && reachable(graph, node.id).has(source.id);
  });
}
