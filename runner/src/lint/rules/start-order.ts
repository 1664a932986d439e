import type { ErrorCode, Stack } from '@plumbline/contracts';
import { didYouMean } from '@plumbline/formats/did-you-mean';
import { named, shown } from '@plumbline/formats/shown';

/** Why the services of a stack have no order in which they can start; undefined where they have one. Pure. */
export function circleOf(services: Stack['services']): { code: ErrorCode; message: string } | undefined {
  const visit = (name: string, above: readonly string[]): { code: ErrorCode; message: string } | undefined => {
    if (above.includes(name)) {
      const circle = [...above.slice(above.indexOf(name)), name].map(named).join(' -> ');
      return { code: 'E_CONFIG_CYCLE', message: `services wait for each other: ${circle}` };
    }
    const service = services[name];
    if (service === undefined) {
      const meant = didYouMean(name, Object.keys(services));
      const message = `${named(above.at(-1) ?? '')} starts after ${shown(name)}, which is no service${meant}`;
      return { code: 'E_CONFIG_INVALID_VALUE', message };
    }
    for (const before of service.after) {
      const found = visit(before, [...above, name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
