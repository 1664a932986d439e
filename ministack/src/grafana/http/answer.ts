/** An answer before it is written to a socket. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

const plainJson = 'application/json';
/** What Grafana's own context writes, rather than a handler's result, says its character set and ends its line. */
const contextJson = 'application/json; charset=UTF-8';

export function json(value: unknown, status = 200): Answer {
  return { status, type: plainJson, body: JSON.stringify(value) };
}

export function message(status: number, text: string): Answer {
  return json({ message: text }, status);
}

/** An error of a handler that has a cause: a trace id, empty without tracing. */
export function traced(status: number, text: string): Answer {
  return { status, type: contextJson, body: `${JSON.stringify({ message: text, traceID: '' })}\n` };
}

/** What is answered before any handler sees the request. */
export function refused(text: string, messageId: string): Answer {
  const body = { extra: null, message: text, messageId, statusCode: 401, traceID: '' };
  return { status: 401, type: contextJson, body: `${JSON.stringify(body)}\n` };
}

export function forbidden(permission: string): Answer {
  const text = `You'll need additional permissions to perform this action. Permissions needed: ${permission}`;
  return json({ accessErrorId: 'ACE0000000000', message: text, title: 'Access denied' }, 403);
}

export function plain(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: text };
}

export function notImplemented(what: string): Answer {
  return message(501, `not implemented by this stand-in: ${what}`);
}
