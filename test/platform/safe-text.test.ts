import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonLine, safeText } from '../../src/platform/safe-text.ts';

/** Code points that may never reach a terminal: written out, so that the expression under test is checked. */
const DANGEROUS = [
  ...range(0x00, 0x1f),
  ...range(0x7f, 0x9f),
  0x61c,
  ...range(0x200e, 0x200f),
  ...range(0x2028, 0x202e),
  ...range(0x2060, 0x2064),
  ...range(0x2066, 0x2069),
  0xfeff,
  ...range(0xd800, 0xdfff),
  ...range(0xe0000, 0xe007f),
];
const dangerous = new Set(DANGEROUS);
const isSafe = (text: string) => [...text].every((c) => !dangerous.has(c.codePointAt(0) ?? 0));

const FLAG_OF_WALES = '🏴󠁧󠁢󠁷󠁬󠁳󠁿';
const INTACT = [
  '👨‍👩‍👧‍👦',
  '👩🏽‍💻',
  '❤️',
  '❤︎',
  '🇩🇪',
  '1️⃣',
  FLAG_OF_WALES,
  'e\u0301',
  'नमस्ते',
  'می‌خواهم',
  'سلام',
  '日本語',
  '한국어',
  'ü ß ﷽',
];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

/** Any UTF-16, with what is dangerous far more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...DANGEROUS).map((code) => String.fromCodePoint(code)),
      fc.constantFrom(...INTACT, '\r\n', '\u{1f3f4}', '\u{e007f}', '[31m', ']8;;x'),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
  )
  .map((parts) => parts.join(''));

describe('safeText', () => {
  test.each([
    ['\u{1b}[2J\u{1b}]0;title\u{7}', '␛[2J␛]0;title␇'],
    ['a\r\nb\nc\rd\u{2028}e', 'a↵b↵c␍d↵e'],
    ['a\tb\u{0}c\u{7f}', 'a b␀c␡'],
    ['\u{9b}31m', '\u{fffd}31m'],
    ['invoice\u{202e}fdp.exe', 'invoicefdp.exe'],
    ['a\u{200b}b\u{feff}c\u{2060}d\u{ad}e', 'abcde'],
    ['x\u{d800}y\u{dc00}', 'x\u{fffd}y\u{fffd}'],
    ['hi\u{e0068}\u{e0069}', 'hi'],
  ])('%j becomes %j', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  test.each(INTACT)('%s stays as it is', (text) => {
    expect(safeText(text)).toBe(text);
  });

  test('no sequence can form again after a removal', () => {
    expect(safeText('\u{d83d}\u{200e}\u{de00}')).toBe('\u{fffd}\u{fffd}');
    expect(safeText(FLAG_OF_WALES.replace('\u{e0077}', '\u{e0077}\u{200e}'))).toBe('\u{1f3f4}');
  });

  test('output is always safe, and a second pass changes nothing', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = safeText(text);
        expect(isSafe(shown.replaceAll(FLAG_OF_WALES, ''))).toBe(true);
        expect(safeText(shown)).toBe(shown);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['hello', 5, 'hello'],
    ['hello!', 5, 'hell…'],
    ['👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 2, '👨‍👩‍👧‍👦…'],
    ['ab', 1, '…'],
    ['ab', 0, ''],
    ['', 3, ''],
  ])('%s in %d is %s', (text, length, shown) => {
    expect(safeText(text, length)).toBe(shown);
  });

  test('is never longer than it may be, nor cut inside a grapheme', () => {
    const graphemes = (text: string) =>
      [...new Intl.Segmenter().segment(text)].map((s) => s.segment);
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 12 }), (text, length) => {
        const cut = safeText(text, length);
        expect(graphemes(cut).length).toBeLessThanOrEqual(length);
        if (cut === safeText(text)) return;
        const kept = graphemes(cut.slice(0, -1));
        expect(graphemes(safeText(text)).slice(0, kept.length)).toEqual(kept);
      }),
    );
  });

  test('64 MiB, or a pile of accents, cost no more than the shown part', () => {
    expect(safeText('x'.repeat(64 * 1024 * 1024), 10)).toBe('xxxxxxxxx…');
    expect(safeText(`a${'\u{301}'.repeat(1_000_000)}b`, 10).length).toBeLessThan(200);
  });
});

describe('jsonLine', () => {
  test('is one line that parses to the same value and holds nothing dangerous', () => {
    fc.assert(
      fc.property(
        fc.record({ text: hostile, list: fc.array(hostile), n: fc.integer() }),
        (value) => {
          const line = jsonLine(value);
          expect(JSON.parse(line)).toEqual(value);
          expect(isSafe(line.replaceAll(FLAG_OF_WALES, ''))).toBe(true);
        },
      ),
    );
  });

  test('leaves readable text readable', () => {
    expect(jsonLine({ text: 'grüß dich 👩🏽‍💻', flag: FLAG_OF_WALES })).toBe(
      `{"text":"grüß dich 👩🏽‍💻","flag":"${FLAG_OF_WALES}"}`,
    );
    expect(jsonLine('\u{9b}\u{202e}\u{e0041}')).toBe('"\\u009b\\u202e\\udb40\\udc41"');
    expect(jsonLine(undefined)).toBe('null');
  });
});
