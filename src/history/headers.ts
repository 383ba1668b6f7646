/** Headers for people: pairs, with the values of those that carry secrets left out. */

import type { RawHeaders } from './history.ts';

const SECRET = /^(authorization|cookie|set-cookie|proxy-authorization)$|token|secret|api-?key/i;

/** Names and values as they came, the values of secret ones as `***`. */
export function shownHeaders(raw: RawHeaders): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    headers.push({ name, value: SECRET.test(name) ? '***' : (raw[i + 1] ?? '') });
  }
  return headers;
}
