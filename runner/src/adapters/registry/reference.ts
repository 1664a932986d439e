/** Where an image is to be had, from its pin. */
export interface ImageReference {
  /** As a person writes it, and as credentials are kept for it: docker.io, 127.0.0.1:5000. */
  readonly domain: string;
  /** Scheme and host of its API. */
  readonly origin: string;
  readonly repository: string;
  /** Or a digest, as `sha256:…`, where the pin has one. */
  readonly tag: string;
}

const HUB = 'docker.io';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** A pin as docker reads it (distribution/reference): Docker Hub where it names no registry, plain HTTP on loopback. Pure. */
export function referenceOf(pin: string): ImageReference {
  const [tagged = '', digest] = pin.split('@');
  const cut = tagged.lastIndexOf(':') > tagged.lastIndexOf('/') ? tagged.lastIndexOf(':') : tagged.length;
  const name = tagged.slice(0, cut);
  // A digest says which image it is; of a tag beside it nothing is asked.
  const tag = digest ?? tagged.slice(cut + 1);
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const named = first === 'localhost' || /[.:]/.test(first);
  const domain = named && first !== `index.${HUB}` ? first : HUB;
  const path = named ? name.slice(slash + 1) : name;
  const repository = domain === HUB && !path.includes('/') ? `library/${path}` : path;
  const host = domain === HUB ? `registry-1.${HUB}` : domain;
  return { domain, origin: `${LOOPBACK.test(host) ? 'http' : 'https'}://${host}`, repository, tag };
}

/** Whether two names are of one image, however a person and docker write them. Pure. */
export function isSameImage(a: string, b: string): boolean {
  return JSON.stringify(referenceOf(a)) === JSON.stringify(referenceOf(b));
}
