/** Texts as words of a POSIX shell, for commands that are printed to be pasted. */

/** The text in single quotes, whatever is in it. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
