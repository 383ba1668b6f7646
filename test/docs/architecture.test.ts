import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PAGES, ROOT, readPage } from './blocks.ts';

/** The files of the map: each heading names a folder, each row below it a file. */
function mapped(): string[] {
  const files: string[] = [];
  let folder = '';
  for (const line of readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8').split('\n')) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) folder = heading.startsWith('src/') ? heading : '';
    const row = /^\| `([^`]+)` \| (.+) \|$/.exec(line);
    if (row !== null && folder !== '') files.push(`${folder}${row[1]}`);
  }
  return files;
}

/** Every file in `src`, as git writes paths. */
function sources(folder = 'src'): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? sources(path) : [path];
  });
}

it('docs/architecture.md has a line for each file of src, and for no other', () => {
  expect(mapped().sort()).toEqual(sources().sort());
});

it.each(PAGES)('%s names no file of this repository that does not exist', (name) => {
  const paths = readPage(name).text.matchAll(
    /`((?:src|test|docs|scripts|fixtures|bin)\/[^\s`*<>]*)`/g,
  );
  expect(
    [...paths].map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path))),
  ).toEqual([]);
});
