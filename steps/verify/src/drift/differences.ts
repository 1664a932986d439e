/**
 * Keys of a rendered configuration that are not equal in the one that a service says it has loaded: `path: rendered,
 * not loaded`. The service spells out its defaults, so keys that were not rendered do not count; durations and sizes
 * are compared by what they mean, and what the service masks cannot differ. Pure.
 */
export function differences(rendered: unknown, loaded: unknown, path = ''): readonly string[] {
  if (Array.isArray(rendered)) {
    if (!Array.isArray(loaded) || loaded.length !== rendered.length) return [said(path, rendered, loaded)];
    return rendered.flatMap((item, n) => differences(item, loaded[n], `${path}[${n}]`));
  }
  if (rendered !== null && typeof rendered === 'object') {
    return Object.entries(rendered).flatMap(([key, value]) => {
      const below = path === '' ? key : `${path}.${key}`;
      return differences(value, (loaded as Record<string, unknown> | null)?.[key], below);
    });
  }
  return scalar(rendered, loaded, path);
}

function scalar(rendered: unknown, loaded: unknown, path: string): readonly string[] {
  // Go's `omitempty` leaves out what is off, zero or empty: Loki answers no `auth_enabled` where it is false.
  if (loaded === undefined && (rendered === false || rendered === 0 || rendered === '')) return [];
  return meaning(rendered) === meaning(loaded) || loaded === '<secret>' ? [] : [said(path, rendered, loaded)];
}

function said(path: string, rendered: unknown, loaded: unknown): string {
  return `${path}: rendered ${JSON.stringify(rendered)}, loaded ${JSON.stringify(loaded)}`;
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  d: 8.64e7,
  w: 6.048e8,
  y: 3.1536e10,
};

/** A duration as milliseconds, so that 720h, 30d and 720h0m0s are one; anything else as its text. */
function meaning(value: unknown): string {
  const text = String(value);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+$/.test(text)) return text;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwy])/g))
    total += Number(count) * (units[unit ?? ''] ?? 0);
  return `${total} ms`;
}
