/** Lines of text with colours, as data: made safe, marked where a search hits, broken to a width. */

import stringWidth from 'string-width';
import { safeText } from '../../platform/safe-text.ts';
import type { Tone } from './state.ts';

/** What a text is: components know its colour. */
export type Look = Tone | 'plain' | 'dim' | 'title' | 'name' | 'key' | 'string' | 'number' | 'hit';

/** A piece of a line. Its text is safe for a terminal. */
export interface Span {
  readonly text: string;
  readonly look: Look;
}

export interface Line {
  readonly spans: readonly Span[];
  /** Of the body's lines, the one that this is (the first of) and that opens a block. */
  readonly block?: number;
  /** Of the body's lines, the one that opens the innermost block around this one. */
  readonly inside?: number;
}

const EMPTY: Line = { spans: [] };
/** A line of nothing. */
export function blank(): Line {
  return EMPTY;
}

/** A span of text from anywhere. */
export function span(text: string, look: Look = 'plain'): Span {
  return { text: safeText(text), look };
}

export function line(...spans: readonly Span[]): Line {
  return { spans };
}

/** How many columns a safe text takes. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** The text of a line, without looks. */
export function textOf({ spans }: Line): string {
  return spans.map(({ text }) => text).join('');
}

let segmenter: Intl.Segmenter | undefined;

/** Looked at a piece at a time: the system's segmenter takes much longer for twice as much. */
const PIECE = 1024;

function* graphemes(text: string): Generator<string> {
  for (let from = 0; from < text.length; from += PIECE) {
    const piece = text.slice(from, from + PIECE);
    if (/^[\x20-\x7e]*$/.test(piece)) {
      yield* piece;
      continue;
    }
    segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
    for (const { segment } of segmenter.segment(piece)) yield segment;
  }
}

/** A line in pieces of at most `width` columns; those after the first are indented. */
export function broken(whole: Line, width: number, indent = 2): Line[] {
  const text = textOf(whole);
  // A grapheme may have many units, but a line of so many is no short one: it is not measured as a whole.
  if (text.length <= width * 16 && widthOf(text) <= width) return [whole];
  const most = Math.max(8, width);
  const lines: Line[] = [];
  let cells: Cell[] = [];
  let used = 0;
  const end = (rest: Cell[]) => {
    lines.push({ ...whole, spans: spansOf(cells) });
    cells = [{ text: ' '.repeat(indent), look: 'plain', wide: indent }, ...rest];
    used = cells.reduce((sum, { wide }) => sum + wide, 0);
  };
  for (const { text: part, look } of whole.spans) {
    for (const grapheme of graphemes(part)) {
      const wide = widthOf(grapheme);
      if (used + wide > most) {
        // Between words, where one of them begins in the second half of the line.
        const space = grapheme === ' ' ? -1 : cells.findLastIndex((cell) => cell.text === ' ');
        const isFar = space > indent && cells.length - space < most / 2;
        end(isFar ? cells.splice(space + 1) : []);
      }
      cells.push({ text: grapheme, look, wide });
      used += wide;
    }
  }
  lines.push({ ...whole, spans: spansOf(cells) });
  return lines;
}

/** A grapheme on its way into a line. */
interface Cell extends Span {
  readonly wide: number;
}

function spansOf(cells: readonly Cell[]): Span[] {
  const spans: { text: string; look: Look }[] = [];
  for (const { text, look } of cells) {
    const last = spans.at(-1);
    if (last?.look === look) last.text += text;
    else spans.push({ text, look });
  }
  return spans;
}

/** The end of a text, as much as there is room for: of what is typed, the last is what one looks at. */
export function tail(text: string, width: number): string {
  const all = [...graphemes(text)];
  let used = 0;
  let from = all.length;
  while (from > 0) {
    used += widthOf(all[from - 1] ?? '');
    if (used > width) break;
    from--;
  }
  return all.slice(from).join('');
}

/** A text without what was typed last. */
export function withoutLast(text: string): string {
  return [...graphemes(text)].slice(0, -1).join('');
}

/** A text cut to a width, its last column `…` where something was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  let used = 0;
  let kept = '';
  for (const grapheme of graphemes(text.slice(0, width * 16))) {
    used += widthOf(grapheme);
    if (used > width - 1) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** The words of a search, as they are looked for to be marked. */
export function wordsIn(search: string): string[] {
  const words = search.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(words)].slice(0, 20);
}

/** Spans with every place marked that has one of these words. */
export function marked(spans: readonly Span[], words: readonly string[]): readonly Span[] {
  if (words.length === 0) return spans;
  // Letters and digits only: nothing in them means anything to an expression.
  const anyWord = new RegExp(words.join('|'), 'giu');
  return spans.flatMap(({ text, look }) => {
    const parts: Span[] = [];
    let from = 0;
    for (const { 0: hit, index } of text.matchAll(anyWord)) {
      if (index > from) parts.push({ text: text.slice(from, index), look });
      parts.push({ text: hit, look: 'hit' });
      from = index + hit.length;
    }
    if (from < text.length) parts.push({ text: text.slice(from), look });
    return parts;
  });
}
