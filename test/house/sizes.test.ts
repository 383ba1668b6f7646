/** How long files and functions of the program may be. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const LONGEST_FILE = 350;
const LONGEST_FUNCTION = 100;
const LONGEST_FACTORY = 200;
/** Of a function inside of a factory that is longer than a function may be. */
const LONGEST_INNER = 50;

interface Sized {
  readonly name: string;
  /** The lines from its first to its last. */
  readonly lines: number;
  /** The lines that begin in it and in no function inside of it. */
  readonly own: number;
  /** The functions inside of it, at any depth. */
  readonly inner: readonly Sized[];
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`);
}

function isFunction(node: ts.Node): node is ts.SignatureDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

/** The functions of a source, outer ones with those inside of them. */
function functionsIn(file: string, text: string): Sized[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const starts = source.getLineStarts();
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;

  function sized(node: ts.SignatureDeclaration): Sized {
    const inner = below(node);
    const first = lineOf(node.getStart());
    const last = lineOf(node.end);
    const nested = inside(node);
    const isOwn = (line: number) => {
      const indent = /^\s*/.exec(text.slice(starts[line]))?.[0].length ?? 0;
      const at = (starts[line] ?? 0) + indent;
      return !nested.some((one) => one.getStart() <= at && at < one.end);
    };
    const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const name = `${file}:${first + 1} ${node.name?.getText() ?? nameOf(node)}`;
    return { name, lines: all.length, own: all.filter(isOwn).length, inner };
  }

  /** The nearest functions below a node. */
  function inside(node: ts.Node): ts.SignatureDeclaration[] {
    const found: ts.SignatureDeclaration[] = [];
    ts.forEachChild(node, (child) => {
      if (isFunction(child)) found.push(child);
      else found.push(...inside(child));
    });
    return found;
  }

  function below(node: ts.Node): Sized[] {
    return inside(node).flatMap((one) => {
      const own = sized(one);
      return [own, ...own.inner];
    });
  }

  return below(source);
}

/** What an arrow function is assigned to. */
function nameOf({ parent }: ts.Node): string {
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : '(a callback)';
}

/** What is too long about functions. */
function tooLong(functions: readonly Sized[]): string[] {
  return functions.flatMap(({ name, lines, own, inner }) => {
    if (own > LONGEST_FUNCTION) return [`${name} has ${own} lines of its own`];
    if (lines <= LONGEST_FUNCTION) return [];
    if (lines > LONGEST_FACTORY) return [`${name} is a factory of ${lines} lines`];
    return inner
      .filter((one) => one.lines >= LONGEST_INNER)
      .map((one) => `${name} is a factory, and ${one.name} inside of it has ${one.lines} lines`);
  });
}

test('a long function, and a long one in a long factory, are found', () => {
  const body = (lines: number) => 'x();\n'.repeat(lines);
  const found = (text: string) => tooLong(functionsIn('a.ts', text));
  expect(found(`function one() {\n${body(98)}}\n`)).toEqual([]);
  expect(found(`const one = () => {\n${body(99)}};\n`)).toEqual([
    'a.ts:1 one has 101 lines of its own',
  ]);
  const inner = (lines: number) => `const inner = () => {\n${body(lines - 2)}};\n`;
  const factory = (...lines: number[]) =>
    `function make() {\n${body(50)}${lines.map(inner).join('')}}\n`;
  expect(found(factory(49, 49))).toEqual([]);
  expect(found(factory(49, 50))).toEqual([
    'a.ts:1 make is a factory, and a.ts:101 inner inside of it has 50 lines',
  ]);
  expect(found(factory(49, 49, 49, 49))).toEqual(['a.ts:1 make is a factory of 248 lines']);
});

test('no function of the program is too long', () => {
  const files = filesOf('src');
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((file) =>
    tooLong(functionsIn(file, readFileSync(join(ROOT, file), 'utf8'))),
  );
  expect(found).toEqual([]);
});

test('no file of the program is too long', () => {
  const long = filesOf('src').filter((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length;
    return lines > LONGEST_FILE;
  });
  expect(long).toEqual([]);
});
