/** The API url: which ones are allowed, and the one form each is written in. */

import { CliError } from '../errors.ts';
import { isLoopback } from '../platform/loopback.ts';
import { maskUrl } from '../platform/mask-url.ts';

/** The vendor's own (VENDOR §8). */
export const DEFAULT_API_URL = 'https://waapi.app/api/v1';

/**
 * Reads an API url: https, or http on loopback; no user info, query or fragment.
 * Returns it without a trailing slash, so that equal ones are equal strings.
 * `where` names its source in the `invalid_api_url` (usage) that is thrown otherwise.
 */
export function parseApiUrl(text: string, where: string): string {
  const problem = problemOf(text);
  if (problem === null) {
    const { origin, pathname } = new URL(text);
    return origin + pathname.replace(/\/+$/, '');
  }
  const message = `${where}: ${maskUrl(text)} is no API url: ${problem}`;
  throw new CliError('usage', 'invalid_api_url', message, {
    hint: `An API url looks like ${DEFAULT_API_URL}, or http://127.0.0.1:4010/api/v1.`,
  });
}

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return 'it is no url';
  const url = new URL(text);
  if (url.username || url.password) return 'it holds a user name or password';
  // Not `search` and `hash`: those are empty for a bare `?` or `#`.
  if (/[?#]/.test(text)) return 'it has a query or a fragment';
  if (url.protocol === 'https:') return null;
  if (url.protocol !== 'http:') return 'it is not https';
  return isLoopback(url.hostname) ? null : 'it is not https, and not on this machine';
}
