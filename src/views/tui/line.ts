/** Lines of styled text as data: made safe, highlighted where a search hits, broken to a width. */

import stringWidth from 'string-width';
import { fold } from '../../platform/folded-text.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Tone } from './state.ts';

/** The role of a text; `drawn.tsx` gives each role its colour. */
export type Look =
  | Tone
  | ('plain' | 'dim' | 'title' | 'name' | 'key' | 'string' | 'number' | 'hit' | 'selected')
  | ('messages' | 'receipts' | 'groups' | 'connection');

/** A piece of a line. The text is safe for a terminal. */
export interface Span {
  readonly text: string;
  readonly look: Look;
}

export interface Line {
  readonly spans: readonly Span[];
  /** Line number in the body where this line opens a block. */
  readonly block?: number;
  /** Line number in the body that opens the innermost block around this line. */
  readonly inside?: number;
}

const EMPTY: Line = { spans: [] };
/** An empty line. */
export function blank(): Line {
  return EMPTY;
}

/** A span of any text, made safe for a terminal. */
export function span(text: string, look: Look = 'plain'): Span {
  return { text: safeText(text), look };
}

export function line(...spans: readonly Span[]): Line {
  return { spans };
}

/** Width of a safe text in terminal columns. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

/** Width of spans in terminal columns. */
export function widthOfSpans(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The text of a line without its looks. */
export function textOf({ spans }: Line): string {
  return spans.map(({ text }) => text).join('');
}

let segmenter: Intl.Segmenter | undefined;

/** UTF-16 units segmented at a time: the time of `Intl.Segmenter` grows faster than its input. */
const PIECE = 1024;

function* graphemes(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const piece = text.slice(from, from + PIECE);
    const isEnd = from + PIECE >= text.length;
    if (/^[\x20-\x7e]*$/.test(piece)) {
      // The last character may go on in the next piece.
      const whole = isEnd ? piece : piece.slice(0, -1);
      yield* whole;
      from += whole.length;
      continue;
    }
    segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
    const segments = Array.from(segmenter.segment(piece), ({ segment }) => segment);
    const last = isEnd || segments.length === 1 ? undefined : segments.pop();
    yield* segments;
    from += piece.length - (last?.length ?? 0);
  }
}

/** Breaks a line into pieces of at most `width` columns; pieces after the first are indented. */
export function broken(whole: Line, width: number, indent = 2): Line[] {
  const text = textOf(whole);
  // Measuring a very long text is slow, and it never fits in one line.
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
        // Break at a space in the second half of the line, else within the word.
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

/** A grapheme with its width in columns. */
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

/** The end of a text in at most `width` columns: in an input field the end matters. */
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

/** A text without its last grapheme. */
export function withoutLast(text: string): string {
  return [...graphemes(text)].slice(0, -1).join('');
}

/** A text cut to `width` columns; the last column is `…` when text was cut. */
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

/** Spans cut to `width` columns together, as {@link cut} does. */
export function cutSpans(spans: readonly Span[], width: number): Span[] {
  const kept: Span[] = [];
  let room = width;
  for (const { text, look } of spans) {
    const shown = cut(text, room);
    room -= widthOf(shown);
    if (shown !== '') kept.push({ text: shown, look });
    if (shown !== text) break;
  }
  return kept;
}

/** Spans with every occurrence of these words ({@link queryWords}) highlighted, as the search finds them. */
export function marked(spans: readonly Span[], words: readonly string[]): readonly Span[] {
  if (words.length === 0) return spans;
  // The longest first. Words have nothing that needs escaping.
  const longest = [...words].sort((a, b) => b.length - a.length);
  const anyWord = new RegExp(longest.join('|'), 'gu');
  return spans.flatMap(({ text, look }) => {
    const parts: Span[] = [];
    let from = 0;
    for (const [start, end] of hitsIn(text, anyWord)) {
      if (start > from) parts.push({ text: text.slice(from, start), look });
      parts.push({ text: text.slice(start, end), look: 'hit' });
      from = end;
    }
    if (from < text.length) parts.push({ text: text.slice(from), look });
    return parts;
  });
}

/** Where the hits in a text begin and end: whole graphemes, in order. */
function hitsIn(text: string, anyWord: RegExp): (readonly [start: number, end: number])[] {
  const hits = [...fold(text).matchAll(anyWord)];
  if (hits.length === 0) return [];
  // For each character of the folded text, where its grapheme begins and ends.
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const grapheme of graphemes(text)) {
    const after = at + grapheme.length;
    for (let i = fold(grapheme).length; i > 0; i--) {
      starts.push(at);
      ends.push(after);
    }
    at = after;
  }
  let last = 0;
  return hits.flatMap(({ 0: hit, index }) => {
    // Two hits may share a grapheme: the halves of a ß.
    const start = Math.max(last, starts[index] ?? at);
    const end = ends[index + hit.length - 1] ?? at;
    if (end <= start) return [];
    last = end;
    return [[start, end]];
  });
}
