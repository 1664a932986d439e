import { err, ok, type Result } from '@plumbline/contracts';
import { compileRe2 } from '@plumbline/formats/re2';

/** A replacement: plain text, or text around the captured value. */
type Piece = string | { readonly value: true };

/**
 * `stage.replace`: each captured group of each match is replaced, never the match as a whole. A pattern without groups
 * therefore changes nothing, as in the real one. A group inside a group already replaced is passed over, and an empty
 * capture at the same place inserts.
 */
export function replacer(expression: string, template: string): Result<(text: string) => string, string> {
  const compiled = compileRe2(expression, { flags: 'gd' });
  if (!compiled.ok) return err(compiled.failure.message);
  const pieces = parseTemplate(template);
  if (!pieces.ok) return pieces;
  const regex = compiled.value;
  return ok((text) => {
    let result = '';
    let done = 0;
    for (const match of text.matchAll(regex)) {
      for (const range of match.indices!.slice(1)) {
        if (range === undefined) continue;
        const [from, to] = range;
        if (done !== 0 && done > from) continue;
        result += text.slice(done, from) + fill(pieces.value, text.slice(from, to));
        done = to;
      }
    }
    return result + text.slice(done);
  });
}

/** The one template action that is implemented is `{{ .Value }}`; any other is refused rather than guessed. */
function parseTemplate(template: string): Result<readonly Piece[], string> {
  const pieces: Piece[] = [];
  let at = 0;
  for (const action of template.matchAll(/\{\{([\s\S]*?)\}\}/g)) {
    if (action[1]!.trim() !== '.Value') return err(`template action ${action[0]} is not implemented by the stand-in`);
    pieces.push(template.slice(at, action.index), { value: true });
    at = action.index + action[0].length;
  }
  if (template.slice(at).includes('{{')) return err('template: pipeline_template:1: unclosed action');
  pieces.push(template.slice(at));
  return ok(pieces);
}

function fill(pieces: readonly Piece[], value: string): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : value)).join('');
}
