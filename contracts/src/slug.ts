/**
 * The one slug, the same in paths and in the index (seed 003): lower case; space and `_` become `-`; all outside
 * `[a-z0-9-]` is dropped; runs of `-` collapse; none at either end.
 */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_]+/g, '-')
    .replace(/[^a-z0-9-]/g, '')
    .replace(/-+/g, '-')
    .replace(/^-|-$/g, '');
}
