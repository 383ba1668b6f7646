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
  let spans: Span[] = [];
  let used = 0;
  for (const { text, look } of whole.spans) {
    let piece = '';
    for (const grapheme of graphemes(text)) {
      const wide = widthOf(grapheme);
      if (used + wide > most) {
        lines.push({ ...whole, spans: [...spans, { text: piece, look }] });
        spans = [{ text: ' '.repeat(indent), look: 'plain' }];
        piece = '';
        used = indent;
      }
      piece += grapheme;
      used += wide;
    }
    if (piece !== '') spans.push({ text: piece, look });
  }
  lines.push({ ...whole, spans });
  return lines;
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
