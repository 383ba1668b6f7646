/** Raw headers: one by its name, and all for display, with the values of secret ones masked. */

import { maskPathTokens } from '../platform/mask-text.ts';
import type { RawHeaders } from './history.ts';

const SECRET =
  /^(set-)?cookie$|auth(?!ors?$)|token|secret|passw|credential|(api|access|private)-?key/i;

/** The value of a header for display. A proxy may repeat our webhook url, as in `X-Original-URI`. */
export function shownHeader(name: string, value: string): string {
  return SECRET.test(name) ? '***' : maskPathTokens(value);
}

/** Names and values as received, the secrets in them as `***`. */
export function shownHeaders(raw: RawHeaders): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    headers.push({ name, value: shownHeader(name, raw[i + 1] ?? '') });
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
