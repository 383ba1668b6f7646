/** Watches an instance's webhook while a listener holds it, and tells the feed when somebody else sets another one. */

import type { Client, Webhook } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import type { Patience } from './evidence.ts';
import { webhookEntry } from './notices.ts';
import { readSettled } from './read-back.ts';

const EVERY_MS = 30_000;
const AT_LEAST_EVERY_MS = 5 * 60_000;

/**
 * Reads the webhook every 30 s, less often while the API fails. A read that differs from the last one is
 * believed when others agree. Somebody else's webhook is never written over.
 */
export function watchWebhook(
  {
    client,
    instanceId,
    post,
    patience,
    forMs,
    clock = SYSTEM_CLOCK,
  }: {
    readonly client: Client;
    readonly instanceId: string;
    readonly post: Post;
    readonly patience?: Patience;
    /** How long another webhook must show until it is believed, in ms. */
    readonly forMs: (shown: Webhook) => number;
    readonly clock?: Clock;
  },
  isOurs: (url: string | null) => boolean,
): { stop(): void } {
  const stop = new AbortController();
  let wasOurs = true;
  let every = EVERY_MS;
  const look = async () => {
    try {
      const { webhook } = await readSettled(
        { client, instanceId, patience, clock, signal: stop.signal },
        ({ url }) => isOurs(url) === wasOurs,
        forMs,
      );
      every = EVERY_MS;
      const isStill = isOurs(webhook.url);
      if (isStill !== wasOurs)
        post(webhookEntry('takeover', isStill ? 'set' : 'changed-elsewhere', webhook));
      wasOurs = isStill;
    } catch {
      // Events arrive even while the API fails, and the release reports an API that still fails.
      every = Math.min(every * 2, AT_LEAST_EVERY_MS);
    }
  };
  const watch = async () => {
    for (;;) {
      await clock.pause(every, stop.signal);
      if (stop.signal.aborted) return;
      await look();
    }
  };
  void watch();
  return { stop: () => stop.abort() };
}
