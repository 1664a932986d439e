// How the figures are shown.

/** The rows of figures that were measured in turn, each compared with the peer's. */
export function rowsOf(figures, peer) {
  const base = figures.get(peer);
  const short = peer.split(',')[0];
  return [...figures].map(([name, figure]) => row(name, figure, name === peer ? '' : ratio(figure, base, short)));
}

export function row(name, { median, least, most, kb }, compared = '') {
  return [name, time(median), `${time(least)} to ${time(most)}`, compared, memory(kb)];
}

export function ratio(figure, base, peer) {
  return `${(figure.median / base.median).toFixed(2)} × ${peer}`;
}

export function time(ms) {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

export function memory(kb) {
  return kb === undefined ? '' : `${(kb / 1024).toFixed(0)} MiB`;
}

export function table(head, rows) {
  const widths = head.map((cell, n) => Math.max(cell.length, ...rows.map((row) => row[n].length)));
  const line = (cells) => `| ${cells.map((cell, n) => cell.padEnd(widths[n])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
