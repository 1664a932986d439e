/** What a file-system contract spells: its sections, and in each of them the template of a path by its name. */
export type Contract = Readonly<Record<string, unknown>>;

/** The parts of paths that are nobody's to spell but the contract's. */
export interface Words {
  /** Names that say by themselves what they are, as `runs.jsonl`. */
  readonly files: ReadonlySet<string>;
  /** Words that are something else outside of a path, as `current`. */
  readonly folders: ReadonlySet<string>;
  /** What follows a token to the end of a name, as `.report.json`. */
  readonly endings: ReadonlySet<string>;
}

/** The words of a contract: what is added to it is guarded from then on. */
export function wordsOf(contract: Contract): Words {
  const words = { files: new Set<string>(), folders: new Set<string>(), endings: new Set<string>() };
  for (const segment of Object.values(contract).flatMap(segmentsOf)) {
    if (!segment.includes('{')) (segment.includes('.') ? words.files : words.folders).add(segment);
    else if (/}\.[\w.]+$/.test(segment)) words.endings.add(segment.slice(segment.lastIndexOf('}') + 1));
  }
  return words;
}

function segmentsOf(section: unknown): readonly string[] {
  if (typeof section !== 'object' || section === null) return [];
  return Object.values(section).flatMap((template) => (typeof template === 'string' ? template.split('/') : []));
}
