import type { Environment } from './image.ts';

/** What a value may refer to. */
export interface Sources {
  readonly environment: Environment;
  /** The text of a file of the container; nothing where it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  readonly hostname: string;
}

/** Thrown by `expand`; the message is for whoever wrote the value. */
export class ExpansionFault extends Error {}

/** Replaces `$__env{NAME}`, `$__file{/path}` and `${NAME}` in a value of grafana.ini. */
export function expand(value: string, sources: Sources): string {
  return value
    .replace(/\$__(\w+)\{([^}]+)\}/g, (_, kind: string, name: string) => {
      if (kind === 'env') return fromEnvironment(name, sources);
      if (kind !== 'file') throw new ExpansionFault(`got error while expanding: no expander for $__${kind}{}`);
      const text = sources.readFile(name);
      if (text === undefined) throw new ExpansionFault(`open ${name}: no such file or directory`);
      return text.trim();
    })
    .replace(/\$\{(\w+)\}/g, (_, name: string) => fromEnvironment(name, sources));
}

/** The same in provisioning files, which know `$NAME` too, and `$$` for a dollar sign. */
export function expandProvisioned(value: string, sources: Sources): string {
  return value
    .split('$$')
    .map((part) =>
      expand(part, sources).replace(/\$([A-Za-z_]\w*)/g, (_, name: string) => fromEnvironment(name, sources)),
    )
    .join('$');
}

function fromEnvironment(name: string, { environment, hostname }: Sources): string {
  const value = environment[name] ?? '';
  return name === 'HOSTNAME' && value === '' ? hostname : value;
}
