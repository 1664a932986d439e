import ts from 'typescript';
import type { SourceFile } from '../arrows/source-file.ts';
import type { Words } from './contract-words.ts';
import { isBase } from './is-base.ts';
import { HOLE, piecesOf } from './pieces-of.ts';

/**
 * Says, a line each, where files make a path of the file-system contract themselves: where they spell a part of one, in
 * whatever form (text, template, sum, join), and where they add something to one that the contract has made.
 */
export function findConstructions(files: readonly SourceFile[], words: Words): readonly string[] {
  const sources = files.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true));
  return sources.flatMap((source) => constructionsIn(source, words));
}

function constructionsIn(source: ts.SourceFile, words: Words): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const why = whyNot(node, words);
    if (why !== undefined) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${source.fileName}:${line + 1}: ${why}: ${node.getText(source).replace(/\s+/g, ' ')}`);
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function whyNot(node: ts.Node, words: Words): string | undefined {
  if (ts.isRegularExpressionLiteral(node)) {
    const text = node.text.replaceAll('\\', '');
    const name = [...words.files, ...words.endings].find((one) => one.split('.').length > 2 && text.includes(one));
    return name === undefined ? undefined : `spells ${name}`;
  }
  const pieces = piecesOf(node);
  if (pieces === undefined) return undefined;
  const spelled = spelledIn(pieces.text, words);
  if (spelled !== undefined) return `spells ${spelled}`;
  if (isWithin(node)) {
    const [, path] = node.arguments;
    const literal = path === undefined ? '' : (piecesOf(path)?.text ?? '').replaceAll(HOLE, '');
    return literal === '' ? undefined : `spells ${literal} within a folder`;
  }
  const [first] = pieces.holes;
  const onto = first !== undefined && pieces.text.startsWith(`${HOLE}/`) && pieces.text.length > 2;
  return onto && isBase(first) ? `adds to ${first.getText().replace(/\s+/g, ' ')}` : undefined;
}

/** `within` adds what a listing, a record or a document names: that is its purpose, but nothing that the source spells. */
function isWithin(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'within';
}

/** Text with a blank is a sentence: it may tell of a file. */
function spelledIn(text: string, { files, folders, endings }: Words): string | undefined {
  if (/\s/.test(text)) return undefined;
  const segments = text.split('/');
  for (const segment of segments) {
    if (files.has(segment) || (segments.length > 1 && folders.has(segment))) return segment;
    const ending = segment.slice(segment.lastIndexOf(HOLE) + 1);
    if (ending !== segment && endings.has(ending)) return ending;
  }
  return undefined;
}
