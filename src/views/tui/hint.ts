/** What an attempt's end may mean for the developer's app: a hint by its status or error. */

import type { AttemptEntry } from '../../feed/feed.ts';

/** The vendor waits so long for an answer before it sends again (VENDOR §2), in ms. */
const VENDOR_WAITS = 3000;

const BY_STATUS: Readonly<Record<number, string>> = {
  400: 'the app read the request and did not like it: its log may say why',
  401: 'the app wants credentials: the vendor sends none, so leave the webhook route open or check its own secret',
  403: 'refused: often a CSRF check or a token that the vendor does not send; exempt the webhook route from it',
  404: 'no such path in the app: compare the path of the target with the route',
  405: 'the route exists, but not for POST',
  408: 'the app gave up reading the request',
  411: 'the app wants a Content-Length, and got one: something between may drop it',
  413: 'the body is too large for the app: raise the limit of its body parser (media comes as base64)',
  415: 'the app does not take application/json on this route: is a JSON body parser in front of it?',
  419: 'a CSRF check: exempt the webhook route from it',
  422: 'the app read the body and refused it: see its answer below',
  426: 'the app wants https, or a WebSocket: is this the right port?',
  429: 'the app limits its rate: the vendor would not send this event again',
  500: 'the app failed while it handled the event: see its log',
  502: 'something in front of the app got no answer from it',
  503: 'the app, or what stands in front of it, is not ready',
  504: 'what stands in front of the app waited in vain',
};

/** A line of advice; null when there is nothing to say. */
export function hintFor({
  status,
  error,
  durationMs,
}: Pick<AttemptEntry, 'status' | 'error' | 'durationMs'>): string | null {
  if (status === null) return hintForError(error ?? '');
  if (status >= 300 && status < 400) {
    return 'a redirect, which is not followed: name the url that it leads to as the target';
  }
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'the app failed: see its log';
  if (durationMs > VENDOR_WAITS) {
    return 'slower than 3 s: the vendor would have sent it again meanwhile; answer first, work afterwards';
  }
  return null;
}

function hintForError(error: string): string | null {
  if (/ECONNREFUSED|refused/i.test(error)) {
    return /::1/.test(error) && !/127\.0\.0\.1/.test(error)
      ? 'nobody listens on ::1: name 127.0.0.1 as the target if the app listens there only'
      : 'nobody listens there: is the app running, and on this port?';
  }
  if (/ENOTFOUND|EAI_AGAIN/i.test(error)) return 'no such host: check the name of the target';
  if (/certificate|self.signed|CERT_/i.test(error)) {
    return 'its certificate is not trusted: --insecure takes those of local targets';
  }
  if (/timed? ?-?out|no (answer|response)/i.test(error)) {
    return 'no answer in time: --timeout gives it longer; the vendor would have sent it again after 3 s';
  }
  if (/ECONNRESET|socket hang up|closed/i.test(error)) {
    return 'the app closed the connection without an answer: it may have crashed or restarted';
  }
  return null;
}
