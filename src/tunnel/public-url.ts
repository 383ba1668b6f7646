/** A public url that the developer made to reach the receiver: a tunnel or proxy of their own. */

import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import type { OpenTunnel } from './tunnel.ts';

/**
 * Reads a public url, without a slash at its end; a path in it stays. Throws `not_a_public_url` (usage),
 * also for user info: whether the vendor would send it is not known.
 */
export function parsePublicUrl(typed: string): string {
  const problem = problemOf(typed);
  if (problem === null) return new URL(typed).href.replace(/\/+$/, '');
  const message = `${safeText(maskUrl(typed), 200)} is not a public url: ${problem}`;
  throw new CliError('usage', 'not_a_public_url', message, {
    hint: 'It looks like https://dev.example.com. It needs no secret: the path of the webhook url gets one.',
  });
}

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return 'it is not a url';
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return 'it is neither http nor https';
  if (url.username || url.password) return 'it contains a user name or password';
  // `search` and `hash` would be empty for a bare `?` or `#`.
  return /[?#]/.test(text) ? 'it has a query or a fragment' : null;
}

/** A tunnel at a url that {@link parsePublicUrl} gave; the developer opened it. */
export function publicUrl(url: string): OpenTunnel {
  return async () => ({ url, close: async () => {} });
}
