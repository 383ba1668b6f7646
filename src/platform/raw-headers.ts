/** Raw headers: names and values in turn, in the order and case they came in. */

/** `['Host', 'x', 'Accept', 'y']`. */
export type RawHeaders = readonly string[];

/** Raw headers as pairs. */
export function* pairs(raw: RawHeaders): Generator<[name: string, value: string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? ''];
}

/** The values of all headers of this name, which is in lower case. */
export function valuesOf(raw: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (const [given, value] of pairs(raw)) if (given.toLowerCase() === name) values.push(value);
  return values;
}
