import { err, failure, ok, type Result } from '@plumbline/contracts';

const powers = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** Reads a size as Grafana's products do, such as `256KB` or `1MiB`; both spellings count by 1024. Answers in bytes. */
export function parseGoSize(text: string): Result<number> {
  const found = /^([+-]?)(\d+\.?\d*|\.\d+)([KMGTPE]?)(i?B|)$/.exec(text);
  if (!found) return err(failure('E_CONFIG_INVALID_VALUE', `units: invalid ${text}`));
  const [, sign, number, power, byte] = found;
  if (byte === '') return err(failure('E_CONFIG_INVALID_VALUE', `units: missing unit in ${text}`));
  const size = Math.trunc(Number(number) * 1024 ** powers.indexOf(power!));
  return ok(sign === '-' ? -size : size);
}
