/** How the search compares text: one folding for what is stored, for queries, and for hits on the screen. */

const ASCII = /^[\0-\x7f]*$/;
const NOT_ASCII_WORD = /[^a-z0-9]/g;
// Invisible characters, skin tones, the Arabic stroke that only stretches a word, and accents. The vowels
// and tones of other scripts make other words, and so do the two voicing marks of Japanese.
const HIDDEN =
  /[\p{Default_Ignorable_Code_Point}\p{Emoji_Modifier}\u0640\ufff9-\ufffb]|(?![\u3099\u309a])(?=\p{M})[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}]/gu;
/** Letters that Unicode does not decompose, as people type them without their key. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  æ: 'ae',
  œ: 'oe',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ς: 'σ',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');
// No word has ASCII symbols, so that `+49` finds the digits, nor what the screen shows for a control character.
const SEPARATOR = /[^\p{L}\p{N}\p{M}\p{Co}\p{S}]|[$+<=>^`|~\u21b5\u2400-\u2421\ufffd]/gu;
/** A flag is a word: else the halves of two neighbours would be a third one. */
const FLAG = /\p{Regional_Indicator}{2}/gu;

/** In UTF-16 units; the rest of a query is ignored. */
const LONGEST_QUERY = 1000;

/**
 * A text as the search compares it: lower case, without accents and invisible characters, a space for
 * each character that is in no word. The folding of a text is that of its graphemes, one after the other.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase().replace(NOT_ASCII_WORD, ' ');
  return text
    .replace(FLAG, ' $& ')
    .normalize('NFKD')
    .toLowerCase()
    .replace(HIDDEN, '')
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .replace(SEPARATOR, ' ');
}

/** The words of a text, each once. */
export function wordsOf(text: string): string[] {
  const words = new Set(fold(text).split(' '));
  words.delete('');
  return [...words];
}

/** The words of a query; none where it has no letter, digit or sign to look for. */
export function queryWords(query: string): string[] {
  return wordsOf(query.slice(0, LONGEST_QUERY));
}
