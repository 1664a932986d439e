import type { Answer } from '../../common/http-server.ts';

export type ErrorType = 'bad_data' | 'execution' | 'timeout' | 'unavailable' | 'internal' | 'not_found';

const statuses: Readonly<Record<ErrorType, number>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  unavailable: 503,
  internal: 500,
  not_found: 404,
};

/** A refusal with Prometheus's error type. */
export class ApiFault extends Error {
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

const maxAnswerBytes = 64 * 1024 * 1024;

export function success(data: unknown, warnings: readonly string[] = []): Answer {
  const body = JSON.stringify({ status: 'success', data, ...(warnings.length > 0 ? { warnings } : {}) });
  if (body.length > maxAnswerBytes) {
    return refused(new ApiFault('execution', `the answer is larger than this stand-in gives: ${body.length} bytes`));
  }
  return { status: 200, type: 'application/json', body };
}

export function refused({ type, message }: ApiFault): Answer {
  const body = JSON.stringify({ status: 'error', errorType: type, error: message });
  return { status: statuses[type], type: 'application/json', body };
}
