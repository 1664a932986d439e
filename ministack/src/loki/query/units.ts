import { parseGoDuration } from '@plumbline/formats/logql';

/** Seconds of a duration as Go writes it; NaN where it is none. */
export function durationValue(text: string): number {
  const ns = parseGoDuration(text);
  return ns === undefined ? Number.NaN : Number(ns) / 1e9;
}

/** Bytes of a size: KB is a thousand, KiB 1024; NaN where it is none. */
export function bytesValue(text: string): number {
  const parts = /^([\d.]+)\s*([kmgtpe]?)(i?)b?$/i.exec(text.trim());
  if (!parts) return Number.NaN;
  const power = ['', 'k', 'm', 'g', 't', 'p', 'e'].indexOf((parts[2] ?? '').toLowerCase());
  return Number(parts[1]) * (parts[3] === '' ? 1000 : 1024) ** power;
}
