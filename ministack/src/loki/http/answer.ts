/** An answer before it is written to a socket. */
export interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

export function json(value: unknown, type = 'application/json; charset=UTF-8'): Answer {
  return { status: 200, type, body: JSON.stringify(value) };
}

/** `{"status":"success"}`, with `data` only where there is some: Loki leaves an empty list out. */
export function success(data: readonly unknown[] | object): Answer {
  return json(Array.isArray(data) && data.length === 0 ? { status: 'success' } : { status: 'success', data });
}

export function plain(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body };
}

export function notImplemented(what: string): Answer {
  return plain(501, `not implemented by this stand-in: ${what}\n`);
}
