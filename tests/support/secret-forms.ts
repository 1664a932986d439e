/** Base64 with a number of unrelated bytes before the secret, so that it falls on each of the three alignments. */
export const base64 = (secret: string, before: number, encoding: 'base64' | 'base64url' = 'base64') =>
  Buffer.concat([Buffer.alloc(before, 0x5a), Buffer.from(secret), Buffer.from('tail')]).toString(encoding);

/** The part of a base64 text that the secret alone decides. */
export const core = (secret: string, before: number, encoding: 'base64' | 'base64url') => {
  const bits = (before + Buffer.byteLength(secret)) * 8;
  return base64(secret, before, encoding).slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
};

const escaped = (secret: string, write: (unit: string) => string) =>
  Array.from({ length: secret.length }, (_, n) => write(secret.charCodeAt(n).toString(16).padStart(4, '0'))).join('');

/** A secret as programs write it, each way by its name. Made apart from the scrubber: that is what is tested with it. */
export function formsOf(secret: string): Readonly<Record<string, string>> {
  const aligned = [0, 1, 2].flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding) => [
      `${encoding} after ${before} bytes`,
      core(secret, before, encoding),
    ]),
  );
  return {
    raw: secret,
    'URL-encoded': encodeURIComponent(secret),
    'form-encoded': new URLSearchParams([['', secret]]).toString().slice(1),
    'JSON-escaped': JSON.stringify(secret).slice(1, -1),
    'JSON-escaped twice': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    'JSON-escaped to ASCII': escaped(secret, (unit) => `\\u${unit}`),
    'JSON-escaped to ASCII, in capitals': escaped(secret, (unit) => `\\u${unit.toUpperCase()}`),
    'JSON-escaped with its slashes': JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
    'URL-encoded in small letters': encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    'URL-encoded whole': Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
    'HTML-escaped': secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
    'quoted for a shell': secret.replaceAll("'", "'\\''"),
    hexadecimal: Buffer.from(secret).toString('hex'),
    'hexadecimal in capitals': Buffer.from(secret).toString('hex').toUpperCase(),
    'base64 in lines': core(secret, 0, 'base64').replace(/.{7}(?=.)/g, '$&\n'),
    'base64 in lines of a JSON text': core(secret, 1, 'base64').replace(/.{7}(?=.)/g, '$&\\r\\n'),
    'base64 in a URL': encodeURIComponent(core(secret, 2, 'base64')),
    ...Object.fromEntries(aligned),
  };
}
