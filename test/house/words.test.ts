/** Words that the project does not use, since the field has a term: an outage, a release, a restore, an ingress. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PLACES = ['src', 'bin', 'docs', 'README.md'];
const FORBIDDEN = /deaf|let.?go|put.?back|tell-of-the-dead|guards-deeds|way.in/i;
/** Lines that hold such letters for a fact of the vendor, of a file's format or of another word. */
const EXCEPTIONS: readonly { readonly file: string; readonly text: string }[] = [];

function filesOf(place: string): string[] {
  const path = join(ROOT, place);
  if (statSync(path).isFile()) return [place];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => `${place}/${name}`)
    .filter((name) => statSync(join(ROOT, name)).isFile());
}

test('no forbidden word stands in the program and its documents', () => {
  const found = PLACES.flatMap(filesOf).flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => (FORBIDDEN.test(line) ? { file, line, number: index + 1 } : []))
      .filter(
        ({ line }) => !EXCEPTIONS.some((one) => one.file === file && line.includes(one.text)),
      ),
  );
  expect(found.map(({ file, number, line }) => `${file}:${number}: ${line.trim()}`)).toEqual([]);
});

test('every exception is needed', () => {
  const unneeded = EXCEPTIONS.filter(
    ({ file, text }) =>
      !FORBIDDEN.test(text) || !readFileSync(join(ROOT, file), 'utf8').includes(text),
  );
  expect(unneeded).toEqual([]);
});
