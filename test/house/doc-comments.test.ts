/** Doc comments stand directly above what they describe: an orphaned one misleads about its new neighbour. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => `src/${name}`);

/** The doc comments of a source that no declaration follows, each with its line. A file's header needs none. */
function orphans(source: string): string[] {
  const comments = source.matchAll(/^[ \t]*\/\*\*(?:[^*]|\*(?!\/))*\*\//gm);
  return [...comments]
    .filter(({ index }) => source.slice(0, index).replace(/^#!.*/, '').trim() !== '')
    .filter(
      ({ 0: text, index }) => !/^\r?\n[ \t]*[^\s/)}\]]/.test(source.slice(index + text.length)),
    )
    .map(({ 0: text, index }) => `${source.slice(0, index).split('\n').length}: ${text.trim()}`);
}

test('an orphaned doc comment is found', () => {
  const header = '/** A file. */\n\n';
  const fine =
    '/** One. */\nfunction one() {}\n\nconst two = {\n  /** Three. */\n  three: 3,\n};\n';
  expect(orphans(header + fine)).toEqual([]);
  expect(orphans(`${header}/** Lost. */\n${fine}`)).toEqual(['3: /** Lost. */']);
  expect(orphans(`${fine}\n/**\n * Lost.\n */\n\n${fine}`)).toHaveLength(1);
  expect(orphans(`${header}interface A {\n  a: 1;\n  /** Lost. */\n}\n`)).toHaveLength(1);
});

test('no doc comment of the program is orphaned', () => {
  expect(FILES.length).toBeGreaterThan(200);
  const found = FILES.flatMap((file) =>
    orphans(readFileSync(`${ROOT}${file}`, 'utf8')).map((orphan) => `${file}:${orphan}`),
  );
  expect(found).toEqual([]);
});
