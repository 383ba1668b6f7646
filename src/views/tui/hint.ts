/** A hint about the developer's app for the status or error of an attempt. */

import type { AttemptEntry } from '../../feed/feed.ts';

/** The vendor sends an event again after this many ms without an answer (VENDOR §2). */
const VENDOR_TIMEOUT_MS = 3000;

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'the app rejected the request: its log may say why',
  401: 'the app wants credentials: the vendor sends none, so leave the webhook route open or check its own secret',
  403: 'refused: often a CSRF check or a token that the vendor does not send; exempt the webhook route from it',
  404: 'no such path in the app: compare the path of the target with the route',
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
  error,
  durationMs,
}: Pick<AttemptEntry, 'status' | 'error' | 'durationMs'>): string | null {
  if (status === null) return hintForError(error ?? '');
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

function hintForError(error: string): string | null {
  if (/ECONNREFUSED|refused/i.test(error)) {
    return /::1/.test(error) && !/127\.0\.0\.1/.test(error)
      ? 'nothing listens on ::1: use 127.0.0.1 as the target if the app listens there only'
      : 'nothing listens there: is the app running, and on this port?';
  }
  if (/ENOTFOUND|EAI_AGAIN/i.test(error)) return 'no such host: check the host of the target';
  if (/certificate|self.signed|CERT_/i.test(error)) {
    return 'the certificate is not trusted: --insecure accepts those of local targets';
  }
  if (/timed? ?-?out|no (answer|response)/i.test(error)) {
    return 'no answer in time: --timeout waits longer; the vendor would have sent the event again after 3 s';
  }
  if (/ECONNRESET|socket hang up|closed/i.test(error)) {
    return 'the app closed the connection without an answer: it may have crashed or restarted';
  }
  return null;
}
