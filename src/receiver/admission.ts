/** Admission: which requests the receiver accepts, decided before a byte of their body is read. */

import { timingSafeEqual } from 'node:crypto';
import { LARGEST_BODY } from '../eazewa/request.ts';
import { WEBHOOK_PATH } from '../platform/mask-url.ts';
import { type Arrival, PROOF_PATH, type Proofs } from '../tunnel/proofs.ts';

/** The decision on a request's first line and headers. */
export type Admission =
  | { readonly kind: 'webhook' }
  | { readonly kind: 'proof'; readonly arrival: Arrival }
  | { readonly kind: 'answer'; readonly status: 200; readonly text: string }
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string };

/** The admission rules of one listener. */
export interface Admittance {
  /** `contentLength` is in bytes; null where the request does not declare it. */
  decide(method: string, url: string, contentLength: number | null): Admission;
}

/**
 * Makes the rules. `pathTokens`: those of this listener and of crashed ones that the instance may still
 * point at. `proofs`: those that this listener makes of its public url.
 */
export function createAdmittance(pathTokens: readonly string[], proofs: Proofs): Admittance {
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
      if (path.startsWith(PROOF_PATH)) {
        const arrival = proofs.claim(method, path.slice(PROOF_PATH.length));
        return arrival === null ? refuse(404, 'no such path') : { kind: 'proof', arrival };
      }
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

function refuse(status: number, reason: string): Admission & { kind: 'refuse' } {
  return { kind: 'refuse', status, reason };
}
