/** Masks the secrets of urls for display: user info, query values, secret-looking path segments. */

import { safeText } from './safe-text.ts';

/** What is shown in place of a secret. */
export const MASK = '***';
/** The path of our webhook urls, as of the vendor's own SDK; the path token follows. */
export const WEBHOOK_PATH = '/webhooks/whatsapp/';

/**
 * Masks user info, query values, the fragment and secret-looking path segments. Text that is no url with
 * a host loses everything from a `?` or `#` on, or everything around an `@`. The result is safe to show.
 */
export function maskUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed?.host) return safeText(maskPath(maskLoose(url)));
  const user = parsed.username || parsed.password ? `${MASK}@` : '';
  const query = parsed.search.slice(1).split('&').map(maskParameter).join('&');
  const path = maskPath(parsed.pathname);
  return safeText(
    `${parsed.protocol}//${user}${parsed.host}${path}${query && `?${query}`}${parsed.hash && `#${MASK}`}`,
  );
}

function maskLoose(text: string): string {
  // Before an `@` a `?` or `#` may be a part of the password, which makes the url a wrong one.
  if (!text.includes('@')) return text.split(/[?#]/, 1)[0] ?? '';
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  return `${scheme}${MASK}@`;
}

function maskPath(path: string): string {
  const ours = path.indexOf(WEBHOOK_PATH);
  const end = ours === -1 ? path.length : ours + WEBHOOK_PATH.length;
  const before = path
    .slice(0, end)
    .split('/')
    .map((part) => (looksSecret(part) ? MASK : part));
  return before.join('/') + path.slice(end).replace(/[^/]+/g, MASK);
}

/** Keeps the name. Without a value, the name itself may be the secret (`?abc…`). */
function maskParameter(parameter: string): string {
  const [name = ''] = parameter.split('=', 1);
  if (parameter === '') return '';
  return name === parameter || looksSecret(name) ? MASK : `${name}=${MASK}`;
}

/** Whether a text has 20 or more token characters in a row, with letters and digits. */
export function looksSecret(text: string): boolean {
  const runs = decoded(text).match(/[A-Za-z0-9_-]{20,}/g) ?? [];
  return runs.some((run) => /[A-Za-z]/.test(run) && /[0-9]/.test(run));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
