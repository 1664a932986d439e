import { didYouMean, nearest } from '@plumbline/formats/did-you-mean';
import { type PatchOperation, pointerOf } from '@plumbline/formats/json-patch';
import { shown } from '@plumbline/formats/shown';
import { CHOOSE_A_TAG, knownPin } from '../defaults.ts';
import type { Rule, Subject } from '../finding.ts';
import { entriesOf, isObject, stackOf } from '../subject.ts';
import { sparePort } from './spare-port.ts';

const sections = ['ports', 'image_pins'] as const;

export const serviceUnknown: Rule = {
  id: 'service-unknown',
  code: 'E_CONFIG_UNKNOWN_KEY',
  severity: 'error',
  summary: 'ports and image_pins name services of the stack, and no others',
  check: (subject) => {
    const stack = stackOf(subject).files?.stack;
    if (stack === undefined) return [];
    const services = Object.keys(stack.services);
    return sections.flatMap((section) => {
      const given = entriesOf(subject.config[section]).map(([name]) => name);
      const absent = services.filter((service) => !given.includes(service));
      return given
        .filter((name) => !services.includes(name))
        .map((name) => {
          const what = `${section} names ${shown(name)}, which is no service of the stack ${stack.name}`;
          const patch = [renamedOrRemoved(section, name, absent)];
          return { path: [section, name], onKey: true, message: `${what}${didYouMean(name, services)}`, patch };
        });
    });
  },
};

/** A slip of the finger keeps its value. */
function renamedOrRemoved(section: string, name: string, absent: readonly string[]): PatchOperation {
  const near = nearest(name, absent);
  if (near === undefined) return { op: 'remove', path: pointerOf([section, name]) };
  return { op: 'move', from: pointerOf([section, name]), path: pointerOf([section, near]) };
}

export const serviceMissing: Rule = {
  id: 'service-missing',
  code: 'E_CONFIG_MISSING_KEY',
  severity: 'error',
  summary: 'ports and image_pins name every service of the stack',
  check: (subject) => {
    const stack = stackOf(subject).files?.stack;
    if (stack === undefined) return [];
    return sections.flatMap((section) => {
      const given = subject.config[section];
      if (!isObject(given)) return [];
      const services = Object.keys(stack.services);
      const strangers = Object.keys(given).filter((name) => !services.includes(name));
      const absent = services.filter((service) => !Object.hasOwn(given, service));
      // A name that is misspelt is told once, by the other rule, which keeps its value.
      const misspelt = new Set(strangers.map((name) => nearest(name, absent)));
      return absent
        .filter((service) => !misspelt.has(service))
        .map((service) => ({
          path: [section],
          message: `${section} has no "${service}"`,
          patch: [
            { op: 'add', path: pointerOf([section, service]), value: proposed(subject, section, service) },
          ] as const,
        }));
    });
  },
};

function proposed(subject: Subject, section: (typeof sections)[number], service: string): unknown {
  if (section === 'ports') return sparePort(subject, service);
  return knownPin('', service) ?? `${service}:${CHOOSE_A_TAG}`;
}
