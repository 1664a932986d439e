import { push } from '../push/push.ts';
import { type Answer, plain } from './answer.ts';
import type { Context, Request } from './context.ts';

/** POST /loki/api/v1/push. Anything that is not JSON is taken for snappy, as the real one does, and is not read here. */
export function pushRoute({ settings, store, metrics, now }: Context, { contentType, body }: Request): Answer {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '') return plain(400, 'mime: no media type\n');
  if (type !== 'application/json') return plain(400, 'snappy: corrupt input\n');
  const { status, message } = push(body, settings, store, metrics, now());
  return status === 204 ? { status } : plain(status, `${message}\n`);
}
