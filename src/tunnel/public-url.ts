/** A public url that the developer made to reach the receiver: a tunnel or proxy of their own. */

import { CliError } from '../errors.ts';
import { safeText } from '../platform/safe-text.ts';
import type { OpenTunnel } from './tunnel.ts';

/** Reads a public url, without a slash at its end; a path in it stays. Throws `not_a_public_url` (usage). */
export function parsePublicUrl(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') {
    return url.href.replace(/\/+$/, '');
  }
  throw new CliError('usage', 'not_a_public_url', `${safeText(typed, 200)} is not a public url`, {
    hint: 'It is an http or https url without a query, such as https://dev.example.com.',
  });
}

/** A tunnel at a url that {@link parsePublicUrl} gave; the developer opened it. */
export function publicUrl(url: string): OpenTunnel {
  return async () => ({ url, close: async () => {} });
}
