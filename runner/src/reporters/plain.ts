import { bucketOf, docsOf, type Emit, type ErrorCode, hintOf, placeText, type RunEvent } from '@plumbline/contracts';

/** One line an event, for people without a terminal and for logs. Watches; changes nothing. */
export function plainReporter(write: (line: string) => void): Emit {
  return (event) => {
    const line = describe(event);
    if (line !== undefined) write(line);
  };
}

function describe(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run_started':
      return `${event.pipeline} ${event.environment} (engine ${event.engine}, run ${event.run_id})`;
    case 'step_started': {
      const inputs = Object.entries(event.inputs).map(([name, origin]) => `${name} from ${origin}`);
      return `${event.step}: started${inputs.length === 0 ? '' : `, with ${inputs.join(', ')}`}`;
    }
    case 'step_event':
      return stepEvent(event.step, event.event);
    case 'step_ended':
      if (event.not_needed === true) return undefined;
      return `${event.step}: ${event.status}, ${event.summary} (${(event.duration_ms / 1000).toFixed(1)} s)`;
    case 'failure': {
      const { failure: found } = event;
      const place = placeText(found.place);
      return `error ${found.code} (${bucketOf(found.code)}): ${found.message}${place === '' ? '' : `\n  at ${place}`}\n  hint: ${hintOf(found)}\n  docs: ${docsOf(found.code)}`;
    }
    case 'run_ended':
      return undefined;
  }
}

function stepEvent(step: string, event: Extract<RunEvent, { type: 'step_event' }>['event']): string | undefined {
  switch (event.type) {
    case 'progress':
      return `${step}: ${event.text}`;
    case 'waiting':
      return `${step}: waiting for ${event.text}${event.until === undefined ? '' : `, until ${event.until.slice(11, 19)} UTC`}`;
    case 'operation':
      return `${step}: ${event.operation.op} ${event.operation.target} ${event.operation.outcome}`;
    case 'check': {
      const { verdict, id, summary, error } = event.check;
      const code =
        error === undefined
          ? ''
          : `\n  ${error.code} (${error.bucket}); hint: ${error.hint}; docs: ${docsOf(error.code as ErrorCode)}`;
      return `${step}: ${verdict} ${id}: ${summary}${code}`;
    }
  }
}
