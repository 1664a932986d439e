import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json.ts';
import { patchJsonText } from './json-edit.ts';
import { applyPatch, type PatchOperation } from './json-patch.ts';
import { findNodeAtLocation, type Node, parseTree } from './jsonc.ts';

type Value = number | List;

/** An object, or a list, and the comments in it that belong to no member. */
interface List {
  readonly type: 'object' | 'array';
  readonly members: Member[];
  readonly head: boolean;
  readonly end: boolean;
  readonly comma: boolean;
  readonly breaks: boolean;
  /** The heads of its sections, which stay where their members go. */
  readonly sections: string[];
  id: number;
}

interface Member {
  value: Value;
  readonly lead: 'none' | 'line' | 'block' | 'lines' | 'beside' | 'both';
  /** `lineFirst` stands before the comma, which begins the next line. */
  readonly trail: 'none' | 'line' | 'lineFirst' | 'block' | 'blockFirst';
  readonly section: boolean;
  readonly breaks: boolean;
  readonly blank: boolean;
  key: string;
  id: number;
}

const rarely = fc.constantFrom(false, false, false, true);
const { list } = fc.letrec<{ list: List; member: Member }>((tie) => ({
  member: fc.record<Member>({
    value: fc.oneof({ maxDepth: 2, withCrossShrink: true }, fc.nat(99), tie('list')),
    lead: fc.constantFrom('none', 'line', 'block', 'lines', 'beside', 'both'),
    trail: fc.constantFrom('none', 'line', 'lineFirst', 'block', 'blockFirst'),
    section: rarely,
    breaks: fc.boolean(),
    blank: rarely,
    key: fc.constant(''),
    id: fc.constant(0),
  }),
  list: fc.record<List>({
    type: fc.constantFrom('object', 'array'),
    members: fc.array(tie('member'), { maxLength: 4 }),
    head: rarely,
    end: rarely,
    comma: rarely,
    breaks: fc.boolean(),
    sections: fc.constant(0).map((): string[] => []),
    id: fc.constant(0),
  }),
}));

const bare = { lead: 'none', trail: 'none', section: false, breaks: true, blank: false } as const;
const fresh = fc.constantFrom<unknown>(7, [], {}, [8, 9], { p: { q: 1 }, r: [2] });
const step = fc.record({
  kind: fc.constantFrom('remove', 'remove', 'replace', 'add', 'rename'),
  pick: fc.nat(),
  value: fresh,
});

/** A model of edits: a document whose every member is known by a number, which its comments tell. */
class Model {
  private count = 0;
  readonly root: List;

  constructor(root: List) {
    this.root = structuredClone(root);
    this.number(this.root);
  }

  private number(value: Value): void {
    if (typeof value === 'number') return;
    value.id = ++this.count;
    for (const member of value.members) {
      member.id = ++this.count;
      member.key ||= `k${member.id}`;
      if (member.section) value.sections.push(`// S${member.id}.`);
      this.number(member.value);
    }
  }

  private valueOf(json: unknown): Value {
    if (typeof json !== 'object' || json === null) return json as number;
    const members = Object.entries(json).map(([key, inner]) => ({ ...bare, key, id: 0, value: this.valueOf(inner) }));
    const type = Array.isArray(json) ? 'array' : 'object';
    const made: List = { type, members, head: false, end: false, comma: false, breaks: true, sections: [], id: 0 };
    this.number(made);
    return made;
  }

  lists(value: Value = this.root, pointer = ''): { list: List; pointer: string }[] {
    if (typeof value === 'number') return [];
    const inner = value.members.flatMap((member, n) =>
      this.lists(member.value, `${pointer}/${value.type === 'array' ? n : member.key}`),
    );
    return [{ list: value, pointer }, ...inner];
  }

  /** Changes the model, and tells the patch that does the same; none where there is nothing to change. */
  edit({ kind, pick, value }: { kind: string; pick: number; value: unknown }): PatchOperation[] {
    const lists = this.lists();
    if (kind === 'add') {
      const { list, pointer } = lists[pick % lists.length] as (typeof lists)[number];
      const member: Member = { ...bare, key: `n${++this.count}`, id: ++this.count, value: this.valueOf(value) };
      const at = list.type === 'array' ? pick % (list.members.length + 1) : list.members.length;
      list.members.splice(at, 0, member);
      const last = at === list.members.length - 1 && pick % 2 === 0;
      return [{ op: 'add', path: `${pointer}/${list.type === 'object' ? member.key : last ? '-' : at}`, value }];
    }
    const all = lists.flatMap(({ list, pointer }) => list.members.map((member, n) => ({ list, pointer, member, n })));
    const chosen = all[pick % all.length];
    if (chosen === undefined) return [];
    const { list, pointer, member, n } = chosen;
    const path = `${pointer}/${list.type === 'array' ? n : member.key}`;
    if (kind === 'replace') {
      member.value = this.valueOf(value);
      return [{ op: 'replace', path, value }];
    }
    if (kind === 'rename' && list.type === 'object') {
      member.key = `r${++this.count}`;
      return [{ op: 'move', from: path, path: `${pointer}/${member.key}` }];
    }
    list.members.splice(n, 1);
    return [{ op: 'remove', path }];
  }
}

function leadsOf({ id, lead }: Member): string[] {
  return {
    none: [],
    line: [`// L${id}.`],
    block: [`/* L${id}.\n   more */`],
    lines: [`// L${id}.`, `/* M${id}. */`],
    beside: [`/* L${id}. */`],
    both: [`// L${id}.`, `/* M${id}. */`],
  }[lead];
}

function trailOf({ id, trail }: Member): string {
  if (trail === 'none') return '';
  return trail.startsWith('line') ? `// T${id}.` : `/* T${id}. */`;
}

function write(value: Value, eol: string, indent = ''): string {
  if (typeof value === 'number') return `${value}`;
  const { type, members, id } = value;
  const line = `${eol}${indent}  `;
  let text = (type === 'array' ? '[' : '{') + (value.head ? ` /* H${id}. */` : '');
  let mustBreak = value.head;
  let owes = '';
  for (const [n, member] of members.entries()) {
    const above = leadsOf(member);
    const beside = member.lead === 'beside' || member.lead === 'both' ? above.pop() : undefined;
    const breaks = mustBreak || member.breaks || member.section || above.length > 0;
    if (member.blank && breaks) text += eol;
    if (member.section) text += `${line}// S${member.id}.${eol}`;
    text += above.map((comment) => line + comment).join('') + (breaks ? line : ' ') + owes;
    if (beside !== undefined) text += `${beside} `;
    text += (type === 'array' ? '' : `"${member.key}": `) + write(member.value, eol, `${indent}  `);
    const comma = n < members.length - 1 || value.comma ? ',' : '';
    const first = member.trail === 'lineFirst' || member.trail === 'blockFirst';
    const trail = member.trail === 'none' ? '' : ` ${trailOf(member)}`;
    owes = member.trail === 'lineFirst' ? comma : '';
    text += owes ? trail : first ? trail + comma : comma + trail;
    mustBreak = member.trail !== 'none' && member.trail !== 'blockFirst';
  }
  if (owes) text += line + owes;
  if (value.end) text += `${line}// E${id}.`;
  return text + (mustBreak || value.end || value.breaks ? eol + indent : '') + (type === 'array' ? ']' : '}');
}

/** Checks by the text alone, not as json-comments.ts reads it, that every comment is where it says. */
function check(text: string, list: List, node: Node): string[] {
  const found: string[] = [];
  const around = (comment: string) => {
    expect(text.split(comment)).toHaveLength(2);
    found.push(comment);
    return text.split(comment) as [string, string];
  };
  if (list.head) expect(around(`/* H${list.id}. */`)[0].slice(node.offset + 1)).toMatch(/^[ \t]*$/);
  for (const comment of [...list.sections, ...(list.end ? [`// E${list.id}.`] : [])])
    expect(around(comment)[1]).toMatch(/^\s*[}\]]|^\s*?\n\s*?\n/);
  for (const [n, member] of list.members.entries()) {
    const value = findNodeAtLocation(node, [list.type === 'array' ? n : member.key]) as Node;
    const { offset, length } = list.type === 'array' ? value : (value.parent as Node);
    for (const lead of leadsOf(member)) {
      const [before, after] = around(lead);
      const between = after.slice(0, offset - text.length + after.length);
      expect(between.replace(`/* M${member.id}. */`, '')).toMatch(/^[ \t]*(\r?\n[ \t]*){0,2},?[ \t]*$/);
      expect(before).toMatch(/([\r\n,[{]|\/\/ L\d+\.)[ \t]*$/);
    }
    if (member.trail !== 'none') {
      const [before, after] = around(trailOf(member));
      const between = before.slice(offset + length);
      expect(between).toMatch(/^,? *$/);
      expect(after).toMatch(between.includes(',') ? /^[ \t]*[\r\n}\]]/ : /^[ \t]*[\r\n}\],]/);
    }
    if (typeof member.value !== 'number') found.push(...check(text, member.value, value));
  }
  return found;
}

describe('patchJsonText, on any text', () => {
  const eol = fc.constantFrom('\n', '\r\n');

  it('must keep every comment of what stays where it is, and none of what goes', () => {
    fc.assert(
      fc.property(list, eol, fc.array(step, { minLength: 1, maxLength: 8 }), fc.boolean(), (root, eol, steps, ends) => {
        const model = new Model(root);
        let text = `// P.${eol}${write(model.root, eol)}${ends ? eol : ''}`;
        const start = parseJson(text, 'f', { trailingCommas: true });
        let value = start.ok && start.value.value;
        for (const one of steps) {
          const patch = model.edit(one);
          text = patchJsonText(text, patch);
          value = applyPatch(value, patch);
          const parsed = parseJson(text, 'f', { trailingCommas: true });
          expect(parsed.ok && parsed.value.value).toEqual(value);
          const tree = parseTree(text, [], { allowTrailingComma: true }) as Node;
          const own = check(text, model.root, tree).join('\n');
          const marks = (of: string) => (of.match(/[HLMTES]\d+\./g) ?? []).sort();
          expect(marks(text)).toEqual(marks(own));
          expect(text.startsWith(`// P.${eol}`) && text.endsWith(ends ? eol : text.slice(-1))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('must give back every byte where what was added is removed', () => {
    fc.assert(
      fc.property(list, eol, fc.nat(), fresh, (root, eol, pick, value) => {
        const model = new Model(root);
        const text = write(model.root, eol);
        // A comma that ends a list and begins a line becomes that of the new member, which takes it along.
        const lists = model
          .lists()
          .filter(({ list }) => list.members.length > 0)
          .filter(({ list }) => !(list.comma && list.members.at(-1)?.trail === 'lineFirst'));
        const { list, pointer } = lists[pick % lists.length] ?? {};
        if (list === undefined) return;
        const path = `${pointer}/${list.type === 'array' ? list.members.length : 'new'}`;
        expect(
          patchJsonText(text, [
            { op: 'add', path, value },
            { op: 'remove', path },
          ]),
        ).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});
