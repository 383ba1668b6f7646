/** Makes untrusted text safe for one line of a terminal and for a line of JSON. */

// One expression, so that no sequence can form again after a removal.
// - flag:   an emoji flag of a region, the only valid use of tag characters; stays.
// - cc, cs: controls (C0, DEL, C1) and lone surrogates.
// - z:      line and paragraph separators.
// - hidden: invisible characters: bidi marks, overrides and isolates, zero-width spaces,
//           byte order marks, tag characters, annotations. Not the joiners and variation selectors
//           that emoji and scripts need, nor combining marks and the fillers of Hangul syllables.
const UNSAFE =
  /(?<flag>\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f})|\r\n|\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|(?!\p{M}|\p{Join_Control}|[\u115f\u1160])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu;

/** Most texts match this and stay unchanged. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Created on first use: its creation takes longer than the rest of the start. */
let segmenter: Intl.Segmenter | undefined;

/** The average UTF-16 units of a grapheme above which {@link safeText} cuts the text. */
const UNITS_PER_GRAPHEME = 16;

/**
 * Text that a terminal shows on one line and never obeys. Control characters become pictures (`␛`),
 * line ends `↵`, tabs spaces. Invisible characters and bidi controls are removed; emoji stay whole.
 * `maxLength` limits the graphemes; the last one of a cut text is `…`.
 */
export function safeText(text: string, maxLength?: number): string {
  if (text.length <= (maxLength ?? Number.POSITIVE_INFINITY) && PLAIN.test(text)) return text;
  if (maxLength === undefined) return text.replace(UNSAFE, visible);
  // Cuts first: a body may have 64 MiB, and a grapheme any number of combining marks.
  const most = (maxLength + 1) * UNITS_PER_GRAPHEME;
  const shown = text.slice(0, most).replace(UNSAFE, visible);
  return truncated(shown, maxLength, text.length > most);
}

/**
 * A value as one line of JSON that no terminal obeys: characters that {@link safeText} changes are
 * escaped as `\uXXXX`, so the line parses to the same value.
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

/** At most `maxLength` graphemes of text; `isCut` for a text that was cut before. */
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
  // The last grapheme of a cut text may be incomplete, so it is dropped.
  const kept = Math.min(maxLength, starts.length) - 1;
  return `${text.slice(0, starts[kept] ?? 0)}…`;
}
