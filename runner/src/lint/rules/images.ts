import { pointerOf } from '@plumbline/formats/json-patch';
import { named, shown } from '@plumbline/formats/shown';
import { CHOOSE_A_TAG, knownPin } from '../defaults.ts';
import type { Rule } from '../finding.ts';
import { entriesOf } from '../subject.ts';

export const imageTag: Rule = {
  id: 'image-tag',
  code: 'E_CONFIG_IMAGE_NOT_PINNED',
  severity: 'error',
  summary: 'every image has an exact tag, and latest is none',
  check: ({ config }) =>
    entriesOf(config.image_pins).flatMap(([service, image]) => {
      if (typeof image !== 'string') return [];
      const { repository, tag } = partsOf(image.trim());
      if (tag !== '' && tag !== 'latest') return [];
      const value = knownPin(repository, service) ?? `${repository === '' ? service : repository}:${CHOOSE_A_TAG}`;
      const what = tag === '' ? 'has no tag' : 'moves with every release';
      return [
        {
          path: ['image_pins', service],
          message: `image_pins: ${named(service)} is ${shown(image)}, which ${what}; ${imageTag.summary}`,
          patch: [{ op: 'replace', path: pointerOf(['image_pins', service]), value }],
        },
      ];
    }),
};

/** A colon before the last slash is that of a registry's port. A digest is exact in itself. */
function partsOf(image: string): { readonly repository: string; readonly tag: string } {
  const [name = '', digest] = image.split('@');
  const colon = name.lastIndexOf(':');
  if (colon <= name.lastIndexOf('/')) return { repository: name, tag: digest ?? '' };
  return { repository: name.slice(0, colon), tag: digest ?? name.slice(colon + 1) };
}
