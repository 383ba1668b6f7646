/** A hint about the developer's app for the status of an attempt; an error has its own in its sentence. */

import type { AttemptEntry } from '../../feed/feed.ts';

/** The vendor sends an event again after this many ms without an answer (VENDOR §2). */
const VENDOR_TIMEOUT_MS = 3000;

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'the app rejected the request: its log may say why',
  401: 'the app wants credentials: the vendor sends none, so leave the webhook route open or check its own secret',
  403: 'refused: often a CSRF check or a token that the vendor does not send; exempt the webhook route from it',
  404: 'the handler does not handle this event; if it answers 404 to all, compare the path of the target with the route',
  405: 'the route exists, but not for POST',
  408: 'the app timed out while reading the request',
  411: 'the app wants a Content-Length and got one: a proxy in between may remove it',
  413: 'the body is too large for the app: raise the limit of its body parser (media comes as base64)',
  415: 'the app does not accept application/json on this route: is a JSON body parser in front of it?',
  419: 'a CSRF check: exempt the webhook route from it',
  422: 'the app read the body and rejected it: see its answer below',
  426: 'the app wants https, or a WebSocket: is this the right port?',
  429: 'the app limits its rate: the vendor would not send this event again',
  500: 'the app failed while it handled the event: see its log',
  502: 'a proxy in front of the app got no answer from it',
  503: 'the app or a proxy in front of it is not ready',
  504: 'a proxy in front of the app timed out',
};

/** One line of advice about an attempt; null for none. */
export function hintFor({
  status,
  durationMs,
}: Pick<AttemptEntry, 'status' | 'durationMs'>): string | null {
  if (status === null) return null;
  if (status >= 300 && status < 400) {
    return 'redirects are not followed: use the url that it leads to as the target';
  }
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'the app failed: see its log';
  if (durationMs > VENDOR_TIMEOUT_MS) {
    return 'slower than 3 s: the vendor would have sent the event again; answer first, work afterwards';
  }
  return null;
}
