/** Text from outside, made harmless: for one line of a terminal, and for a line of JSON. */

// What follows is one expression so that nothing can come together again after a removal.
// - flag:   an emoji flag of a region, the only place where tag characters belong; kept.
// - cc, cs: controls (C0, DEL, C1) and lone surrogates.
// - z:      line and paragraph separators.
// - hidden: what leaves no trace on a screen: bidi marks, overrides and isolates, zero-width spaces,
//           byte order marks, tag characters, annotations. Not the joiners and variation selectors
//           that emoji and scripts need, nor combining marks and the fillers of Hangul syllables.
const UNSAFE =
  /(?<flag>\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|\r\n|\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|(?!\p{M}|\p{Join_Control}|[\u115f\u1160])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu;

/** Most texts: nothing in them needs a second look. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Made when it is first needed: it costs more than all the rest of starting up. */
let segmenter: Intl.Segmenter | undefined;

/** A grapheme may carry this many UTF-16 units on average before {@link safeText} cuts the text. */
const UNITS_PER_GRAPHEME = 16;

/**
 * Text that a terminal shows on one line and never obeys. Controls become their pictures (`␛`), line
 * ends `↵`, tabs a space; what is invisible or turns the direction of text goes; emoji stay whole.
 * With `maxLength` it has at most so many graphemes, the last of them `…` where something was cut.
 */
export function safeText(text: string, maxLength?: number): string {
  if (text.length <= (maxLength ?? Number.POSITIVE_INFINITY) && PLAIN.test(text)) return text;
  if (maxLength === undefined) return text.replace(UNSAFE, visible);
  // Cut first: a body may have 64 MiB, and one grapheme any number of combining marks.
  const most = (maxLength + 1) * UNITS_PER_GRAPHEME;
  const shown = text.slice(0, most).replace(UNSAFE, visible);
  return truncated(shown, maxLength, text.length > most);
}

/**
 * A value as one line of JSON that no terminal obeys: what {@link safeText} would change is written
 * as `\uXXXX`, so the line still parses to the same value.
 */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null';
  if (PLAIN.test(json)) return json;
  return json.replace(UNSAFE, (found, flag?: string) => flag ?? escaped(found));
}

function visible(found: string, flag?: string): string {
  if (flag !== undefined) return flag;
  const code = found.codePointAt(0) ?? 0;
  if (/^(?:\r?\n|\u2028|\u2029)$/.test(found)) return '↵';
  if (found === '\t') return ' ';
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  if (/^[\p{Cc}\p{Cs}]$/u.test(found)) return '\u{fffd}';
  return '';
}

function escaped(found: string): string {
  const units = found.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((hex) => `\\u${hex}`).join('');
}

/** At most `maxLength` graphemes of text; `isCut` when text is itself the beginning of something longer. */
function truncated(text: string, maxLength: number, isCut: boolean): string {
  if (maxLength < 1) return '';
  if (text.length <= maxLength && !isCut) return text;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  const starts: number[] = [];
  for (const { index } of segmenter.segment(text)) {
    starts.push(index);
    if (starts.length > maxLength) break;
  }
  if (!isCut && starts.length <= maxLength) return text;
  // The last grapheme of a text that was cut may be half of one: it goes.
  const kept = Math.min(maxLength, starts.length) - 1;
  return `${text.slice(0, starts[kept] ?? 0)}…`;
}
