/** The path token: the secret in our webhook url, by which the url is recognised on any host. */

import { WEBHOOK_PATH } from '../platform/mask-url.ts';

/** Every path token begins with this. Those of earlier versions do not. */
const PREFIX = 'ehk_';
const WITH_PREFIX = new RegExp(`${WEBHOOK_PATH}${PREFIX}[\\w-]`);
const WITH_ANY = new RegExp(`${WEBHOOK_PATH}[\\w-]{32,}(?:[/?#]|$)`);

/** A new path token of 32 bytes of `random`, or the developer's `fixed` one with the prefix. */
export function pathTokenFrom(fixed: string | null, random: (size: number) => Buffer): string {
  if (fixed?.startsWith(PREFIX)) return fixed;
  return PREFIX + (fixed ?? random(32).toString('base64url'));
}

/** Whether a path token has the prefix; one of an earlier version has not. */
export function isPrefixed(pathToken: string): boolean {
  return pathToken.startsWith(PREFIX);
}

/** Whether a webhook url has a path token with the prefix: it is a listener's, at whatever host. */
export function hasPrefixedToken(url: string): boolean {
  return WITH_PREFIX.test(url);
}

/**
 * Whether a webhook url has the path of a listener, also of an earlier version. Production may have
 * the same: the vendor's own SDK uses this path.
 */
export function hasListenersPath(url: string): boolean {
  return WITH_ANY.test(url) || hasPrefixedToken(url);
}

/** Whether a webhook url ends with this path token, at whatever host. */
export function holdsToken(url: string | null, pathToken: string): boolean {
  return url?.endsWith(WEBHOOK_PATH + pathToken) ?? false;
}

/** The origin of a url; empty for a text that is no url. */
export function originOf(url: string | null): string {
  return url !== null && URL.canParse(url) ? new URL(url).origin : '';
}
