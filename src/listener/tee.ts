/** The tee: each event goes to the webhook that was set before as well, as if the vendor had sent it there. */

import { setTimeout as sleep } from 'node:timers/promises';
import { createContract } from '../delivery/contract.ts';
import type { Outcome } from '../delivery/deliver.ts';
import { forwardedHeaders } from '../delivery/headers.ts';
import type { Webhook } from '../eazewa/client.ts';
import type { Post } from '../feed.ts';
import type { NewEvent } from '../history/history.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { isTunnels } from './consent.ts';
import { teeDropped, teeNowhere, teeTrouble, teeUnsent } from './notices.ts';

export interface TeeOptions {
  /** The original webhook at this moment: it may be changed while the listener runs. */
  readonly original: () => Webhook;
  readonly post: Post;
}

/** A tee that is set up. */
export interface Tee {
  /** Sends an event of the vendor's there, if the original webhook is subscribed to it. Never throws. */
  event(event: Pick<NewEvent, 'id' | 'event' | 'headers' | 'body'>): void;
  /** Waits until all have had a response, so many ms at most. */
  drain(ms: number): Promise<void>;
  /** Ends it; what had no response is told. */
  close(): Promise<void>;
}

/** One queue for all, by the vendor's contract (VENDOR §2: 3000 ms; how long a try waits is not documented). */
const CONTRACT = {
  retryDelayMs: 3000,
  responseTimeoutMs: 30_000,
  connections: 64,
  mostPending: 1000,
  mostPendingBytes: 64 * 1024 * 1024,
  mostUnderWay: 1000,
};
const LOOK_MS = 20;

/** Where a tee of this webhook goes: nowhere without one, and never to a tunnel, which may lead back here. */
export function teeUrl({ url }: Webhook): string | null {
  return url !== null && /^https?:/i.test(url) && URL.canParse(url) && !isTunnels(url) ? url : null;
}

/** What the instance has to be subscribed to so that the original goes on getting its own. */
export function withTeed(events: readonly string[], original: Webhook): readonly string[] {
  return teeUrl(original) === null ? events : [...new Set([...events, ...original.events])];
}

/** Starts a tee. Where the original webhook is none that it could send to, it says so. */
export function createTee({ original, post }: TeeOptions): Tee {
  const contract = createContract(CONTRACT);
  /** Those without a response, with what they were: the id and name of each. */
  const unsent = new Map<string, string>();
  let trouble: string | null = null;
  let dropped = 0;
  if (teeUrl(original()) === null) post(teeNowhere(original().url));

  /** Told once, until it is another one or over. */
  function tell(url: string, now: string | null): void {
    if (now === trouble) return;
    trouble = now;
    post(teeTrouble(maskUrl(url), now));
  }

  return {
    event({ id, event, headers, body }) {
      const webhook = original();
      const url = teeUrl(webhook);
      if (url === null || !webhook.events.includes(event)) return;
      unsent.set(id, event);
      const delivery = { url, headers: forwardedHeaders(headers, []), body };
      contract.send(delivery, {
        tried(outcome) {
          if (outcome.kind === 'answered') unsent.delete(id);
          tell(url, troubleOf(outcome));
        },
        dropped() {
          unsent.delete(id);
          dropped++;
          // At 1, 10, 100 …: who drops thousands needs no thousand lines.
          if (/^10*$/.test(String(dropped))) post(teeDropped(dropped));
        },
      });
    },
    async drain(ms) {
      const until = performance.now() + ms;
      while (contract.pending() > 0 && performance.now() < until) await sleep(LOOK_MS);
    },
    async close() {
      if (unsent.size > 0) post(teeUnsent([...unsent], dropped));
      unsent.clear();
      await contract.close();
    },
  };
}

/** What is wrong with a response, or with there being none; null for nothing. */
function troubleOf(outcome: Outcome): string | null {
  if (outcome.kind !== 'answered') return outcome.error;
  const { status } = outcome;
  return status >= 200 && status < 300 ? null : `it answers ${status}`;
}
