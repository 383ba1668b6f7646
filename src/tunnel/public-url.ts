/** A public url that the developer made to reach the receiver: a tunnel or proxy of their own. */

import { CliError } from '../errors.ts';
import type { OpenTunnel } from './tunnel.ts';

/** Takes `url` (http or https, a path is kept as a prefix) for the way to the receiver. */
export function publicUrl(typed: string): OpenTunnel {
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new CliError('usage', 'not_a_public_url', `${typed.slice(0, 200)} is not a public url`, {
      hint: 'It is an http or https url without a query, such as https://dev.example.com.',
    });
  }
  const base = url.href.replace(/\/+$/, '');
  return async () => ({ url: base, close: async () => {} });
}
