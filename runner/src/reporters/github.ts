import { type Emit, type Failure, type Place, placeText } from '@plumbline/contracts';

/** Annotations for GitHub Actions: an error or a warning at its file and line. `workspace` is cut off the paths. */
export function githubReporter(write: (line: string) => void, workspace = ''): Emit {
  return (event) => {
    if (event.type === 'failure') {
      write(command('error', event.failure.code, messageOf(event.failure), event.failure.place, workspace));
      return;
    }
    if (event.type !== 'step_event' || event.event.type !== 'check') return;
    const { verdict, error } = event.event.check;
    if (error === undefined) return;
    const text = `${error.message}\n${error.hint}`;
    write(command(verdict === 'warn' ? 'warning' : 'error', error.code, text, readPlace(error.place), workspace));
  };
}

function messageOf({ message, hint }: Failure): string {
  return hint === undefined ? message : `${message}\n${hint}`;
}

function command(kind: string, title: string, message: string, place: Place | undefined, workspace: string): string {
  const file = place?.file?.startsWith(`${workspace}/`) ? place.file.slice(workspace.length + 1) : place?.file;
  const properties = Object.entries({ file, line: place?.line, col: place?.column, title })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${kind} ${properties.join(',')}::${escapeData(message)}`;
}

/** The place of a check is text, as `placeText` writes it. */
function readPlace(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  const [, file, line, column] = /^(.+?)(?::(\d+))?(?::(\d+))?(?: \(.*\))?$/.exec(text) ?? [];
  if (file === undefined) return undefined;
  const place: Place = {
    file,
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) }),
  };
  return placeText(place) === '' ? undefined : place;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
