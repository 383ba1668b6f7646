/** Keeping a webhook: looks at the instance from time to time, and tells when somebody else has set another one. */

import type { Client } from '../eazewa/client.ts';
import type { Post } from '../feed/feed.ts';
import { maskUrl } from '../platform/mask-url.ts';

const EVERY_MS = 30_000;
const AT_LEAST_EVERY_MS = 5 * 60_000;

/** Reads the webhook every 30 s, seldom when rate limited. One that is not ours is told, never fought over. */
export function keepWebhook(
  {
    client,
    instanceId,
    post,
  }: { readonly client: Client; readonly instanceId: string; readonly post: Post },
  isOurs: (url: string | null) => boolean,
): { stop(): void } {
  const stop = new AbortController();
  let held = true;
  let every = EVERY_MS;
  const look = async () => {
    try {
      const { webhook } = await client.getInstance(instanceId, stop.signal);
      every = EVERY_MS;
      const holds = isOurs(webhook.url);
      if (holds !== held) {
        const url = webhook.url && maskUrl(webhook.url);
        const state = holds ? 'set' : 'changed-elsewhere';
        post({ type: 'webhook', state, url, events: [...webhook.events] });
      }
      held = holds;
    } catch {
      // The vendor's API is away or busy; the events come in all the same, and release will say so.
      every = Math.min(every * 2, AT_LEAST_EVERY_MS);
    }
    if (!stop.signal.aborted) timer = setTimeout(look, every);
  };
  let timer = setTimeout(look, every);
  return {
    stop() {
      stop.abort();
      clearTimeout(timer);
    },
  };
}
