/** Texts as words of a POSIX shell, for commands that are printed to be pasted. */

/** The text as a shell takes it, in single quotes only where it needs them. */
export function shellWord(text: string): string {
  return /^[\w.:/@%+=,~-]+$/.test(text) ? text : shellQuote(text);
}

/** The text in single quotes, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
