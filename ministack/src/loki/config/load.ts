import { parseYaml } from '@plumbline/formats/yaml';
import { checkTree } from './check.ts';
import type { Tree } from './defaults.ts';
import { deriveCommon } from './derive.ts';
import { semanticError } from './semantics.ts';

/** The whole configuration as /config shows it, or the text that Loki leaves on stderr. */
export type Loaded = { readonly ok: true; readonly tree: Tree } | { readonly ok: false; readonly message: string };

/** Reads a configuration file as strictly as Loki 3.0.0 does. `file` is its name as the command line gives it. */
export function loadConfig(text: string, file: string, hostname: string, now: Date = new Date()): Loaded {
  const parsed = parseYaml(text, file);
  if (!parsed.ok) {
    const { message, place } = parsed.failure;
    return {
      ok: false,
      message: `failed parsing config: ${file}: ${yamlError(text, message, place?.line ?? 1, place?.column ?? 1)}.`,
    };
  }
  const checked = checkTree(parsed.value);
  if (!checked.ok) return { ok: false, message: `failed parsing config: ${file}: ${checked.message}.` };
  const tree = deriveCommon(checked.tree, hostname);
  const wrong = semanticError(tree);
  if (wrong === undefined) return { ok: true, tree };
  return {
    ok: false,
    message: `level=error ts=${now.toISOString()} caller=main.go:66 msg="validating config" err=${JSON.stringify(wrong)}`,
  };
}

/** The words of Loki's YAML reader for the two mistakes that people make; the parser's own for any other. */
function yamlError(text: string, message: string, line: number, column: number): string {
  const rest = (text.split('\n')[line - 1] ?? '').slice(column - 1);
  if (/tab/i.test(message)) return `yaml: line ${line}: found a tab character that violates indentation`;
  const key = /^(?:"([^"]*)"|'([^']*)'|([^\s:{},]+))\s*:/.exec(rest);
  if (/unique/i.test(message) && key) {
    const type = column === 1 ? 'loki.ConfigWrapper' : 'its section';
    return `yaml: unmarshal errors:\n  line ${line}: field ${key[1] ?? key[2] ?? key[3]} already set in type ${type}`;
  }
  return `yaml: line ${line}: ${message}`;
}
