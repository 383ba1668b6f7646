/** Raw headers: one by its name, and all for display, with the values of secret ones masked. */

import type { RawHeaders } from './history.ts';

const SECRET =
  /^(set-)?cookie$|auth(?!ors?$)|token|secret|passw|credential|(api|access|private)-?key/i;

/** Whether the values of a header of this name are secrets. */
export function isSecretHeader(name: string): boolean {
  return SECRET.test(name);
}

/** Names and values as received, the values of secret headers as `***`. */
export function shownHeaders(raw: RawHeaders): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    headers.push({ name, value: isSecretHeader(name) ? '***' : (raw[i + 1] ?? '') });
  }
  return headers;
}

/** The value of the first header of this name, which is in lower case; undefined without one. */
export function headerValue(raw: RawHeaders, name: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const given = raw[i] ?? '';
    if (given.length === name.length && given.toLowerCase() === name) return raw[i + 1];
  }
  return undefined;
}
