/** Admission: which requests the receiver accepts, decided before a byte of their body is read. */

import { createHmac, timingSafeEqual } from 'node:crypto';
import { LARGEST_BODY } from '../eazewa/request.ts';

/** The path that the vendor posts to; the path token follows. */
export const WEBHOOK_PATH = '/webhooks/whatsapp/';
/** The path of the request that proves that the public url leads here; a nonce follows. */
export const PROBE_PATH = '/_probe/';

/** The decision on a request's first line and headers. */
export type Admission =
  | { readonly kind: 'webhook' }
  | { readonly kind: 'answer'; readonly status: 200; readonly text: string }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string };

/** The admission rules of one listener. */
export interface Admittance {
  /** `contentLength` is in bytes; null where the request does not declare it. */
  decide(method: string, url: string, contentLength: number | null): Admission;
}

/**
 * Makes the rules. `pathTokens`: those of this listener and of crashed ones that the instance may still
 * point at. `probeKey`: the secret by which this listener proves the loop.
 */
export function createAdmittance(pathTokens: readonly string[], probeKey: Uint8Array): Admittance {
  const known = pathTokens.map((token) => Buffer.from(token));
  // Every token is compared in full, whichever matches: the time taken reveals nothing but a length.
  const opens = (token: string) => {
    const given = Buffer.from(token);
    return known.reduce(
      (found, one) => (one.length === given.length && timingSafeEqual(one, given)) || found,
      false,
    );
  };

  return {
    decide(method, url, contentLength) {
      const path = pathOf(url);
      if (path.startsWith(PROBE_PATH))
        return probe(method, path.slice(PROBE_PATH.length), probeKey);
      const token = path.startsWith(WEBHOOK_PATH) ? path.slice(WEBHOOK_PATH.length) : '';
      if (token === '' || token.includes('/')) return refuse(404, 'no such path');
      if (!opens(token)) return refuse(401, 'a wrong path token');
      if (method === 'GET') return { kind: 'answer', status: 200, text: 'ok' };
      if (method !== 'POST') return refuse(405, `the method ${method}`);
      if (contentLength !== null && contentLength > LARGEST_BODY) return tooLarge();
      return { kind: 'webhook' };
    },
  };
}

/** The path of a request's target, which may be a whole url (RFC 9112 §3.2.2). */
function pathOf(target: string): string {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  // The query is ignored: one user saw the vendor leave it out (VENDOR §2).
  return local.split('?', 1)[0] ?? '';
}

/** The refusal of a body that is over {@link LARGEST_BODY}. */
export function tooLarge(): Admission & { kind: 'refuse' } {
  return refuse(413, 'a body over 64 MiB');
}

/** The answer to a nonce that only the listener with this key can give. */
export function proof(probeKey: Uint8Array, nonce: string): string {
  return createHmac('sha256', probeKey).update(nonce).digest('hex');
}

function probe(method: string, nonce: string, key: Uint8Array): Admission {
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(nonce)) return refuse(404, 'no such path');
  if (method !== 'GET') return refuse(405, `the method ${method}`);
  return { kind: 'answer', status: 200, text: proof(key, nonce) };
}

function refuse(status: number, reason: string): Admission & { kind: 'refuse' } {
  return { kind: 'refuse', status, reason };
}
