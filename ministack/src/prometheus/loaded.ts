import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path/posix';
import { hostPath, type World } from '../common/world.ts';
import { type Config, readConfig } from './config/config.ts';
import { ConfigFault } from './config/decode.ts';
import { type RuleGroup, readRuleFile } from './rules/rule-file.ts';

/** A configuration with the rule files that it names. */
export interface Loaded {
  readonly config: Config;
  readonly groups: readonly RuleGroup[];
}

/** Reads prometheus.yml and its rule files, container paths through the stack's mounts. Throws ConfigFault. */
export function load(world: World, file: string): Loaded {
  const text = readText(world, file);
  if (text === undefined) throw new ConfigFault(`open ${file}: no such file or directory`);
  let config: Config;
  try {
    config = readConfig(text, file);
  } catch (thrown) {
    if (thrown instanceof ConfigFault) throw new ConfigFault(`parsing YAML file ${file}: ${thrown.message}`);
    throw thrown;
  }
  const ruleFiles = config.ruleFiles.map((path) => (isAbsolute(path) ? path : join(dirname(file), path)));
  const groups = ruleFiles.flatMap((pattern) =>
    matching(world, pattern).flatMap((path) => {
      const rules = readText(world, path);
      if (rules === undefined) throw new ConfigFault(`loading groups failed: open ${path}: no such file or directory`);
      return readRuleFile(rules, path);
    }),
  );
  return { config: { ...config, shown: withPaths(config.shown, ruleFiles) }, groups };
}

/** A glob has its stars in the last part only; a pattern that matches nothing is no fault, as in Prometheus. */
function matching(world: World, pattern: string): readonly string[] {
  if (!/[*?[]/.test(pattern)) return readText(world, pattern) === undefined ? [] : [pattern];
  const directory = hostPath(world, dirname(pattern));
  if (!directory.ok) return [];
  const source = basename(pattern)
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  const name = new RegExp(`^${source}$`);
  try {
    return readdirSync(directory.value)
      .filter((entry) => name.test(entry))
      .sort()
      .map((entry) => join(dirname(pattern), entry));
  } catch {
    return [];
  }
}

function readText(world: World, path: string): string | undefined {
  const here = hostPath(world, path);
  if (!here.ok) return undefined;
  try {
    return readFileSync(here.value, 'utf8');
  } catch {
    return undefined;
  }
}

function withPaths(shown: Config['shown'], ruleFiles: readonly string[]): Config['shown'] {
  return ruleFiles.length === 0 ? shown : { ...shown, rule_files: ruleFiles };
}
