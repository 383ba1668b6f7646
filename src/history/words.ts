/** How the search index stores words, and how it is asked for them. */

/** Whether each word of a query is within a word of the text. */
export function hasWords(text: readonly string[], query: readonly string[]): boolean {
  const all = text.join(' ');
  return query.every((word) => all.includes(word));
}

/**
 * What the index stores for the words of a text: the three characters from each place on (less at the
 * end of a word), then each character once, since queries of one character are slow without.
 */
export function gramsOf(words: readonly string[]): string {
  const grams: string[] = [];
  const characters = new Set<string>();
  for (const word of words) {
    // ASCII is sliced as it is: most words are, and splitting them takes longer.
    const parts = /^[a-z0-9]*$/.test(word) ? word : [...word];
    for (let i = 0; i < parts.length; i++) {
      grams.push(joined(parts.slice(i, i + 3)));
      characters.add(parts[i] ?? '');
    }
  }
  return [...grams, ...characters].join(' ');
}

/** An FTS5 query for the rows whose {@link gramsOf} have all of these words. No word can be an operator. */
export function ftsQuery(query: readonly string[]): string {
  return query.map(phraseOf).join(' AND ');
}

function phraseOf(word: string): string {
  const parts = [...word];
  if (parts.length === 1) return `"${word}"`;
  if (parts.length === 2) return `"${word}"*`;
  return `"${parts
    .slice(2)
    .map((part, i) => `${parts[i]}${parts[i + 1]}${part}`)
    .join(' ')}"`;
}

function joined(parts: string | readonly string[]): string {
  return typeof parts === 'string' ? parts : parts.join('');
}
