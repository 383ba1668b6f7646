/** Headers for display, with the values of secret ones masked. */

import { maskPathTokens } from '../platform/mask-text.ts';
import { MASK } from '../platform/mask-url.ts';
import { pairs, type RawHeaders } from '../platform/raw-headers.ts';

const SECRET =
  /^(set-)?cookie$|auth(?!ors?$)|token|secret|passw|credential|(api|access|private)-?key/i;

/** The value of a header for display. A proxy may repeat our webhook url, as in `X-Original-URI`. */
export function shownHeader(name: string, value: string): string {
  return SECRET.test(name) ? MASK : maskPathTokens(value);
}

/** Names and values as received, the secrets in them masked. */
export function shownHeaders(raw: RawHeaders): { name: string; value: string }[] {
  return Array.from(pairs(raw), ([name, value]) => ({ name, value: shownHeader(name, value) }));
}
