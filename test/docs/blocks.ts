/** The commands of README.md and docs/*.md: their fenced blocks, and the commands named inside sentences. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/** Every documentation page, as a path from the root. */
export const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** A piece of shell in a page. */
export interface Shell {
  /** Path and line, such as `README.md:12`. */
  readonly place: string;
  readonly text: string;
}

/** A page's text, and the shell in it. */
export interface Page {
  readonly name: string;
  readonly text: string;
  /** Blocks marked `sh run`: a test runs them. */
  readonly run: readonly Shell[];
  /** Blocks marked `sh`, and inline code that begins with the program's name: a test parses them. */
  readonly parse: readonly Shell[];
  /** Blocks with any other mark, as `language: text`. */
  readonly other: readonly Shell[];
}

/** Reads a page. Throws where a fence is not closed. */
export function readPage(name: string): Page {
  const text = readFileSync(join(ROOT, name), 'utf8');
  const blocks = { run: [] as Shell[], parse: [] as Shell[], other: [] as Shell[] };
  let open: { mark: string; place: string; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const place = `${name}:${index + 1}`;
    const fence = /^```(.*)$/.exec(line);
    if (fence === null) {
      if (open !== null) open.lines.push(line);
      else blocks.parse.push(...inlineCommands(line, place));
    } else if (open === null) {
      open = { mark: (fence[1] ?? '').trim(), place, lines: [] };
    } else {
      const kind = open.mark === 'sh run' ? 'run' : open.mark === 'sh' ? 'parse' : 'other';
      blocks[kind].push({ place: open.place, text: open.lines.join('\n') });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${open.place}: the block does not end`);
  return { name, text, ...blocks };
}

function inlineCommands(line: string, place: string): Shell[] {
  return [...line.matchAll(/`((?:npx )?eazewa-hooks [^`]+)`/g)].map(([, text = '']) => ({
    place,
    text,
  }));
}
