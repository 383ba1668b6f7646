/** Proofs that a request to the public url ends at this process, with every byte of its body. */

import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WEBHOOK_PATH } from '../platform/mask-url.ts';

/** The path of proof requests; a nonce follows. No path token has a slash, so none collides with it. */
export const PROOF_PATH = `${WEBHOOK_PATH}proof/`;

/** The methods that proofs are made by: webhooks come by POST, GET is for the diagnosis. */
export type ProofMethod = 'GET' | 'POST';

/** A request that was announced, as the side sees it that sends it. */
export interface Announced {
  /** Its path, which is good for one request. */
  readonly path: string;
  /** The answer that only this process can give, and only to this body. */
  readonly expected: string;
  /** How many bytes of its body arrived here; null where the request itself did not. */
  readonly arrived: number | null;
  /** Whether the whole body arrived, unchanged. */
  readonly isWhole: boolean;
  /** Ends it: the path is no longer good, and a request that still comes in is cut. */
  end(): void;
}

/** A request that was announced and has arrived. */
export interface Arrival {
  /** Reads the body and answers with the proof. A body larger than announced is cut. Reads nothing into memory. */
  receive(request: IncomingMessage, response: ServerResponse): void;
}

export interface Proofs {
  /** Announces one request with this body. */
  announce(method: ProofMethod, body: Uint8Array): Announced;
  /** The announced request that this is; null where it is none, or the second one with its nonce. */
  claim(method: string, nonce: string): Arrival | null;
}

/** Makes proofs with a secret of this process. `random` gives bytes. */
export function createProofs(random: (size: number) => Buffer): Proofs {
  const key = random(32);
  const awaited = new Map<string, { readonly method: ProofMethod } & Arrival>();

  return {
    announce(method, body) {
      const nonce = random(24).toString('base64url');
      const sign = (digest: Buffer) =>
        createHmac('sha256', key).update(`${nonce} `).update(digest).digest('hex');
      const expected = sign(createHash('sha256').update(body).digest());
      let arrived: number | null = null;
      let isWhole = false;
      let incoming: IncomingMessage | null = null;
      const receive = (request: IncomingMessage, response: ServerResponse) => {
        const hash = createHash('sha256');
        let size = 0;
        arrived = 0;
        incoming = request;
        request.on('data', (chunk: Buffer) => {
          size += chunk.length;
          arrived = size;
          if (size > body.length) request.destroy();
          else hash.update(chunk);
        });
        request.on('end', () => {
          incoming = null;
          const signed = sign(hash.digest());
          isWhole = signed === expected;
          response.end(signed);
        });
      };
      awaited.set(nonce, { method, receive });
      return {
        path: `${PROOF_PATH}${nonce}`,
        expected,
        get isWhole() {
          return isWhole;
        },
        get arrived() {
          return arrived;
        },
        end() {
          awaited.delete(nonce);
          incoming?.destroy();
        },
      };
    },
    claim(method, nonce) {
      const found = awaited.get(nonce);
      if (found?.method !== method) return null;
      awaited.delete(nonce);
      return found;
    },
  };
}
