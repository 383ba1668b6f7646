/** A pretty-printed JSON body as lines with colours and foldable blocks. */

import { type Line, type Span, span } from './line.ts';

// A key, a string (which may be cut off), a number or literal, or the text in between. Never backtracks.
const TOKEN =
  /("(?:[^"\\]|\\.)*")(\s*:)|("(?:[^"\\]|\\.)*"?)|(-?\d[\d.eE+-]*|\b(?:true|false|null)\b)|[^"\d\-tfn]+|./g;

/** The lines of a body. `folded` has the line numbers whose blocks are shown as one line. */
export function jsonLines(body: string, folded: ReadonlySet<number>): Line[] {
  const texts = body.split('\n');
  const ends = blocks(texts);
  const lines: Line[] = [];
  const around: number[] = [];
  for (let i = 0; i < texts.length; i++) {
    while (around.length > 0 && i > (ends.get(around.at(-1) ?? 0) ?? 0)) around.pop();
    const inside = around.at(-1);
    const end = ends.get(i);
    const text = texts[i] ?? '';
    const place = inside === undefined ? {} : { inside };
    if (end === undefined) lines.push({ spans: coloured(text), ...place });
    else if (folded.has(i)) {
      const closing = (texts[end] ?? '').trim();
      const count = end - i - 1;
      const spans = [...coloured(text), span(` … ${count} lines `, 'dim'), span(closing)];
      lines.push({ spans, block: i, ...place });
      i = end;
    } else {
      lines.push({ spans: coloured(text), block: i, ...place });
      around.push(i);
    }
  }
  return lines;
}

/** The line numbers of the blocks inside of blocks of the outermost one, such as `data.message`. */
export function deepBlocks(body: string): ReadonlySet<number> {
  const texts = body.split('\n');
  const begins = [...blocks(texts).keys()];
  return new Set(begins.filter((begin) => /^ {4}\S/.test(texts[begin] ?? '')));
}

/** The last line of each block, by its first line. Relies on indented JSON: a closing line has nothing else. */
function blocks(texts: readonly string[]): Map<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  texts.forEach((text, i) => {
    if (/^\s*[}\]],?$/.test(text)) {
      const begin = open.pop();
      if (begin !== undefined && i > begin + 1) ends.set(begin, i);
    } else if (/[{[]$/.test(text)) open.push(i);
  });
  return ends;
}

function coloured(text: string): Span[] {
  const spans: Span[] = [];
  for (const [all, key, colon, string, word] of text.matchAll(TOKEN)) {
    if (key !== undefined) spans.push(span(key, 'key'), span(colon ?? ''));
    else if (string !== undefined) spans.push(span(string, 'string'));
    else spans.push(span(all, word === undefined ? 'plain' : 'number'));
  }
  return spans;
}
