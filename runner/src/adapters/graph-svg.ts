/** Draws a graph of Graphviz's language, in this process and without a network. Loaded when it is asked for: it is large. */
export async function svgOf(dot: string): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const viz = await instance();
  return viz.renderString(dot, { format: 'svg', engine: 'dot' });
}
