/** Splits text into words for the search: events in the index, events that are not yet, and queries alike. */

const ASCII = /^[\x20-\x7e\s]*$/;
const ASCII_WORDS = /[a-z0-9]+/g;
// An emoji is a word of its own: people search chats for them.
const WORDS = /[\p{L}\p{N}\p{Co}]+|\p{Extended_Pictographic}/gu;
const MARKS = /\p{M}+/gu;

/** The words of a text in their order: lower case, without accents, no punctuation. */
export function wordsOf(text: string): readonly string[] {
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_WORDS) ?? [];
  const folded = text.normalize('NFKD').replace(MARKS, '').toLowerCase();
  // Lower case can add marks again, such as the dot of a Turkish I.
  return folded.replace(MARKS, '').match(WORDS) ?? [];
}

/** Whether all words of a query are words of the text, the last one at least the beginning of one. */
export function hasWords(text: readonly string[], query: readonly string[]): boolean {
  const there = new Set(text);
  return query.every((word, index) => {
    if (there.has(word)) return true;
    return index === query.length - 1 && text.some((other) => other.startsWith(word));
  });
}

/** A query for FTS5. Words contain no quotes, so nothing in them can be an operator. */
export function ftsQuery(query: readonly string[]): string {
  return `${allOf(query)}*`;
}

/** An FTS5 query for all of these words, whole. */
export function allOf(words: Iterable<string>): string {
  return Array.from(words, (word) => `"${word}"`).join(' AND ');
}
