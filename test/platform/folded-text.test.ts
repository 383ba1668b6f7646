import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, queryWords, wordsOf } from '../../src/platform/folded-text.ts';
import { safeText } from '../../src/platform/safe-text.ts';

test.each([
  ['Hello, World!', ['hello', 'world']],
  ['a-b_c.d@e', ['a', 'b', 'c', 'd', 'e']],
  ['491511234567@c.us', ['491511234567', 'c', 'us']],
  ['+49 (151) 123-45', ['49', '151', '123', '45']],
  [
    'Ünïcödé ﬁn Łódź Straße STRAẞE smørrebrød Ærø',
    ['unicode', 'fin', 'lodz', 'strasse', 'smorrebrod', 'aero'],
  ],
  ['İstanbul ISPARTA ısparta Diyarbakır', ['istanbul', 'isparta', 'diyarbakir']],
  ['Tiếng Việt đặc biệt', ['tieng', 'viet', 'dac', 'biet']],
  ['ΟΔΟΣ οδός Ёлка', ['οδοσ', 'елка']],
  ['مُحَمَّد مـــرحبا أحمد', ['محمد', 'مرحبا', 'احمد']],
  ['שָׁלוֹם', ['שלום']],
  ['ＡＢＣ１２３ ｶﾞｽ', ['abc123', 'カ\u3099ス']],
  ['zero\u200bwidth soft\u00adhyphen', ['zerowidth', 'softhyphen']],
  ['ok👍🏽ok 👩‍💻 1️⃣', ['ok👍ok', '👩💻', '1']],
  ['x🇩🇪🇪🇸y', ['x', '🇩🇪', '🇪🇸', 'y']],
  ['5 € = $5', ['5', '€']],
  ['a\0b c\ud800d', ['a', 'b', 'c', 'd']],
  ['', []],
  ['"*^ \u200d', []],
])('the words of %j', (text, words) => {
  expect(wordsOf(text)).toEqual(words.map((word) => word.normalize('NFKD')));
});

const pieces = fc.constantFrom(
  ...'aZ9 -@\0\t\nßłİıς€✓',
  'é',
  'e\u0301',
  'ﷺ',
  '½',
  '한',
  'ㅎ',
  'ᄒ',
  '가',
  'が',
  'ｶﾞ',
  '東',
  'น้ำ',
  'กุ้ง',
  'ខ្មែរ',
  'क्षि',
  'مُ',
  'ـ',
  '👍🏽',
  '👨‍👩‍👧',
  '🇩🇪',
  '🇪🇸',
  '🇪',
  '❤️',
  '\u200b',
  '\ud800',
  '\ufffd',
  '↵',
  '\u0007',
);
const text = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

test('the folding of a text is that of its graphemes, so that a hit has its place on the screen', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
  fc.assert(
    fc.property(text, (one) => {
      const parts = [...segmenter.segment(one)].map(({ segment }) => fold(segment));
      expect(parts.join('').normalize('NFKD')).toBe(fold(one).normalize('NFKD'));
    }),
  );
});

test('the words of a text are those of what the screen shows of it', () => {
  fc.assert(
    fc.property(text, (one) => {
      expect(wordsOf(safeText(one))).toEqual(wordsOf(one));
    }),
  );
});

test('composed and decomposed texts have the same words', () => {
  fc.assert(
    fc.property(text, (one) => {
      expect(wordsOf(one.normalize('NFD'))).toEqual(wordsOf(one.normalize('NFC')));
    }),
  );
});

test('a query is bounded', () => {
  expect(queryWords('x'.repeat(100_000))).toEqual(['x'.repeat(1000)]);
});
