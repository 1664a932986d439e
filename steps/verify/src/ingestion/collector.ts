import { type HealthPort, type HttpPort, ok, type Result } from '@plumbline/contracts';
import { parseExposition } from '@plumbline/formats/exposition';

/** One file as the collector sees it. */
export interface TailedFile {
  readonly path: string;
  readonly running: boolean;
  /** Bytes read so far. */
  readonly offset: number;
}

/** What the collector tells of itself. */
export interface CollectorView {
  /** Source -> its files; undefined where the collector could not be asked. */
  readonly sources: Readonly<Record<string, readonly TailedFile[] | undefined>>;
  /** Reason -> lines dropped since the collector started; undefined where it does not tell. */
  readonly dropped: Readonly<Record<string, number>> | undefined;
}

interface Asking {
  readonly http: HttpPort;
  readonly health: HealthPort;
  readonly signal: AbortSignal;
}

/** Asks the collector for the files of each source and for what it dropped. What cannot be read is left out, never guessed. */
export async function observeCollector(names: readonly string[], asking: Asking): Promise<CollectorView> {
  const sources: Record<string, readonly TailedFile[] | undefined> = {};
  for (const name of names) {
    const body = await get(asking, 'collector_component', { name: `loki.source.file.${name}` });
    sources[name] = body.ok ? tailedFiles(body.value) : undefined;
  }
  const metrics = await get(asking, 'collector_metrics');
  return { sources, dropped: metrics.ok ? droppedLines(metrics.value) : undefined };
}

async function get(
  { http, health, signal }: Asking,
  api: string,
  tokens?: Readonly<Record<string, string>>,
): Promise<Result<string>> {
  const { url, timeoutMs } = health.api(api, tokens);
  const answer = await http.get(url, { timeoutMs, signal });
  if (!answer.ok) return answer;
  return ok(answer.value.status === 200 ? answer.value.body : '');
}

interface AlloyStatement {
  readonly name?: string;
  readonly type?: string;
  readonly body?: readonly (AlloyStatement | null)[];
  readonly value?: { readonly value?: unknown };
}

/** `targets_info` blocks of a component's debug info, in Alloy's JSON encoding of its own syntax. */
export function tailedFiles(body: string): readonly TailedFile[] | undefined {
  let component: { debugInfo?: readonly AlloyStatement[] };
  try {
    component = JSON.parse(body) as typeof component;
  } catch {
    return undefined;
  }
  if (!Array.isArray(component?.debugInfo)) return undefined;
  const files: TailedFile[] = [];
  for (const block of component.debugInfo as readonly (AlloyStatement | null)[]) {
    if (block?.name !== 'targets_info') continue;
    const attribute = (name: string) => block.body?.find((statement) => statement?.name === name)?.value?.value;
    const [path, running, offset] = ['path', 'is_running', 'read_offset'].map(attribute);
    if (typeof path !== 'string' || typeof running !== 'boolean' || !Number.isInteger(offset)) return undefined;
    files.push({ path, running, offset: offset as number });
  }
  return files;
}

/**
 * Families of which Alloy always shows one. The counters of dropped lines are none of them: one that has labels appears
 * with the first line that is dropped.
 */
const OF_ALLOY = /^(alloy_build_info$|loki_(write|process|source_file)_)/;

/** Lines dropped by the pipeline and by the writer, by reason; undefined where the text holds no metrics of Alloy. */
export function droppedLines(text: string): Readonly<Record<string, number>> | undefined {
  const parsed = parseExposition(text);
  if (!parsed.ok || !parsed.value.some(({ name }) => OF_ALLOY.test(name))) return undefined;
  const dropped: Record<string, number> = {};
  for (const family of parsed.value) {
    if (family.name !== 'loki_process_dropped_lines_total' && family.name !== 'loki_write_dropped_entries_total')
      continue;
    for (const sample of family.samples) {
      const reason = sample.labels.reason ?? 'unknown';
      if (sample.value > 0) dropped[reason] = (dropped[reason] ?? 0) + sample.value;
    }
  }
  return dropped;
}
