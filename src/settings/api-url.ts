/** Parses and normalises an API url. */

import { CliError } from '../errors.ts';
import { isLoopback } from '../platform/loopback.ts';
import { maskUrl } from '../platform/mask-url.ts';

/** The API url of the vendor (VENDOR §8). */
export const DEFAULT_API_URL = 'https://waapi.app/api/v1';

/**
 * Parses an API url: https, or http on loopback, without user info, query or fragment.
 * Returns it without a trailing slash, so that equal urls are equal strings.
 * Throws `invalid_api_url` (usage), which names the source `where`.
 */
export function parseApiUrl(text: string, where: string): string {
  const problem = problemOf(text);
  if (problem === null) {
    const { origin, pathname } = new URL(text);
    return origin + pathname.replace(/\/+$/, '');
  }
  const message = `${where}: ${maskUrl(text)} is not an API url: ${problem}`;
  throw new CliError('usage', 'invalid_api_url', message, {
    hint: `An API url looks like ${DEFAULT_API_URL}, or http://127.0.0.1:4010/api/v1.`,
  });
}

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return 'it is not a url';
  const url = new URL(text);
  if (url.username || url.password) return 'it contains a user name or password';
  // `search` and `hash` would be empty for a bare `?` or `#`.
  if (/[?#]/.test(text)) return 'it has a query or a fragment';
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return 'it is not https';
  return isLoopback(url.hostname) ? null : 'it is neither https nor on this machine';
}
