/** Masks secrets in texts that others wrote: an answer may repeat what it was sent. */

import { MASK, maskUrl } from './mask-url.ts';

/** A shorter text is no secret, and masking `t` would mask every other word. */
const SHORTEST_SECRET = 8;
/** In a path that is percent-encoded as well: none of these characters is ever encoded. */
const PATH_TOKENS = /ehk_[\w-]+/g;
const URLS = /\bhttps?:\/\/[^\s"'<>]+/gi;

/** Masks a secret: as it is, percent-encoded, and in base64. */
export function maskSecret(text: string, secret: string | null): string {
  if (secret === null || secret.length < SHORTEST_SECRET) return text;
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [secret, encodeURIComponent(secret), base64, base64.replace(/=+$/, '')];
  return forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

/** Masks the secrets of urls, and all path tokens of listeners. The rest of the text stays as it is. */
export function maskUrls(text: string): string {
  return maskPathTokens(text.replace(URLS, maskUrl));
}

/** Masks all path tokens of listeners. */
export function maskPathTokens(text: string): string {
  return text.replace(PATH_TOKENS, MASK);
}
