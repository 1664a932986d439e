import ts from 'typescript';
import { findCycles } from './find-cycles.ts';
import { findImpurities } from './find-impurities.ts';
import { readImports } from './read-imports.ts';
import { fileOfPackage, isPure, mayImport, mayUseNode, roomOf } from './rooms.ts';
import { isGenerated, isTest, resolveFrom, type SourceFile } from './source-file.ts';

const lineLimit = 400;
const testLineLimit = 500;

/** Says, a line each, where the files break the arrows of rooms.ts and the rules that go with them. */
export function findViolations(files: readonly SourceFile[]): readonly string[] {
  const program = parse(files);
  const checker = program.getTypeChecker();
  const violations: string[] = [];
  const local = new Map<string, readonly string[]>();
  const vendors = new Map<string, Set<string>>();

  for (const file of files) {
    const source = program.getSourceFile(file.path)!;
    const report = (what: string): number => violations.push(`${file.path}: ${what}`);
    const { specifiers, computed } = readImports(source);
    for (const expression of isTest(file.path) ? [] : computed)
      report(`imports what cannot be read from the source: ${expression}`);
    const targets: string[] = [];
    for (const specifier of specifiers) {
      const target = specifier.startsWith('.') ? resolveFrom(file.path, specifier) : fileOfPackage(specifier);
      if (target === undefined) checkOutside(file.path, specifier, report, vendors);
      else {
        targets.push(target);
        checkInside(file.path, specifier, target, report);
      }
    }
    local.set(file.path, targets);
    if (isPure(file.path) && !isTest(file.path) && !isGenerated(file.path)) {
      const dates = !file.path.startsWith('steps/');
      for (const name of findImpurities(source, { checker, dates })) report(`uses ${name} in a pure room`);
    }
    checkLength(file, report);
  }

  for (const [name, users] of vendors) {
    if (users.size > 1) violations.push(`${name}: imported in more than one file: ${[...users].sort().join(', ')}`);
  }
  for (const cycle of findCycles(local)) violations.push(`${cycle[0]}: import cycle: ${cycle.join(' -> ')}`);
  return violations;
}

type Report = (what: string) => void;

function checkInside(path: string, specifier: string, target: string, report: Report): void {
  const room = roomOf(target);
  if (isTest(target) && !isTest(path)) report(`imports a test, ${target}`);
  if (room === undefined || path.startsWith('tests/')) return;
  if (!mayImport({ path, test: isTest(path) }, room)) report(`imports ${room}, which ${roomOf(path)} may not`);
  // A relative path goes around the `exports` of the other package.
  if (specifier.startsWith('.') && packageOf(room) !== packageOf(roomOf(path) ?? room)) {
    report(`reaches into ${packageOf(room)} by a path instead of its name: ${specifier}`);
  }
}

function checkOutside(path: string, specifier: string, report: Report, vendors: Map<string, Set<string>>): void {
  if (roomOf(path) === undefined || isTest(path) || isGenerated(path)) return;
  if (specifier.startsWith('node:')) {
    if (!mayUseNode(path, specifier)) report(`imports ${specifier} in a pure room`);
    return;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  vendors.set(name, (vendors.get(name) ?? new Set()).add(path));
}

function checkLength({ path, text }: SourceFile, report: Report): void {
  const limit = isTest(path) ? testLineLimit : lineLimit;
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines > limit && !isGenerated(path)) report(`has ${lines} lines, more than ${limit}`);
}

const packageOf = (room: string): string => room.replace(/^runner\/.*/, 'runner');

/** Parses and binds the files alone: without libraries, every name that they do not declare is a global. */
function parse(files: readonly SourceFile[]): ts.Program {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const host: ts.CompilerHost = {
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    getSourceFile: (path, options) => {
      const text = texts.get(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, options, true);
    },
    getDefaultLibFileName: () => 'lib.d.ts',
    writeFile: () => {},
    getCurrentDirectory: () => '',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
  };
  const options: ts.CompilerOptions = { noLib: true, noResolve: true, allowJs: true, types: [] };
  return ts.createProgram([...texts.keys()], { ...options, target: ts.ScriptTarget.ES2023 }, host);
}
