/** Headers for display: pairs, with the values of secret ones masked. */

import type { RawHeaders } from './history.ts';

const SECRET = /^(authorization|cookie|set-cookie|proxy-authorization)$|token|secret|api-?key/i;

/** Names and values as received, the values of secret headers as `***`. */
export function shownHeaders(raw: RawHeaders): { name: string; value: string }[] {
  const headers: { name: string; value: string }[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    headers.push({ name, value: SECRET.test(name) ? '***' : (raw[i + 1] ?? '') });
  }
  return headers;
}
