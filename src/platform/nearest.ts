/** Suggests names for a mistyped one. */

/**
 * Up to three of `names`, the nearest to `typed` first: names within a third of its length in edits,
 * and names that contain it or are contained in it.
 */
export function nearest(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, edits: edits(wanted, name.toLowerCase()) }))
    .filter(
      ({ name, edits }) =>
        edits <= limit || (wanted.length > 2 && (name.includes(wanted) || wanted.includes(name))),
    )
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The question for the nearest names: `Did you mean a, b or c?` */
export function didYouMean(near: readonly string[]): string {
  const last = near.at(-1) ?? '';
  const others = near.slice(0, -1).join(', ');
  return `Did you mean ${others === '' ? last : `${others} or ${last}`}?`;
}

/** The number of insertions, deletions and substitutions between two words (Levenshtein). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
