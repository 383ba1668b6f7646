/** What the tests of both ways to hold an instance share: an instance at the simulator, and a takeover of it. */

import { onTestFinished } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import type { NewFeedEntry } from '../../src/feed/feed.ts';
import type { Patience } from '../../src/takeover/evidence.ts';
import { NO_GUARD } from '../../src/takeover/guard/start.ts';
import type { Takeover, TakeoverOptions } from '../../src/takeover/hold.ts';
import { fileJournal } from '../../src/takeover/journal.ts';
import { createWantedEvents } from '../../src/takeover/wanted-events.ts';
import { between, clientOf, INSTANCE, simulator, subscriptionsOf } from '../listener/harness.ts';
import { temporaryFolder } from '../support/resources.ts';

export const PATH_TOKEN = 'ehk_SecretPathTokenOf43Characters0123456789abcd';
export const ORIGINAL: Webhook = {
  url: 'https://bot.example.com/hook',
  events: ['message', 'qr'],
};
export const OURS = {
  url: `http://127.0.0.1:4000/webhooks/whatsapp/${PATH_TOKEN}`,
  events: ['message', 'message_ack'],
};
/** Another url of the same listener. */
export const MOVED = `https://other.ngrok.example/webhooks/whatsapp/${PATH_TOKEN}`;
/** A webhook that somebody else sets. */
export const SECOND: Webhook = { url: 'https://somebody.example.com/else', events: ['call'] };
export const RESTORE = 'eazewa-hooks restore -i 33 --api-url http://x';

/** How long these tests wait for the vendor to agree, in ms. */
export const SHORT: Patience = { readBackMs: 1500, settleMs: 150, doubtMs: 400, pauseMs: 20 };

/** The vendor's answer of an instance with this webhook. */
export const shows = ({ url, events }: Webhook) => ({
  status: 200,
  json: { instance: { id: 33, name: 'Shop', webhook_url: url, webhook_events: events } },
});

type Here = Awaited<ReturnType<typeof instanceToHold>>;

/** From now on the next `reads` reads show this webhook, whatever the instance has. */
export function lag({ api }: Pick<Here, 'api'>, webhook: Webhook, reads: number): void {
  let left = reads;
  api.disturb(({ method }) => (method === 'GET' && left-- > 0 ? shows(webhook) : null));
}

/** An instance with this webhook, and all that is needed to hold it in one of the two ways. */
export async function instanceToHold(
  way: (options: TakeoverOptions) => Promise<Takeover>,
  original: Webhook = ORIGINAL,
  options: Partial<TakeoverOptions> = {},
) {
  const vendor = await simulator(original);
  const api = await between(vendor.apiUrl);
  const folder = temporaryFolder();
  const journal = fileJournal(folder);
  const posted: NewFeedEntry[] = [];
  const direct = clientOf(vendor.apiUrl);
  const stop = new AbortController();
  const hold = async (more: Partial<TakeoverOptions> = {}): Promise<Takeover> => {
    const held = await way({
      client: clientOf(api.apiUrl),
      journal,
      api: { apiUrl: api.apiUrl, apiUrlSource: 'flag' },
      instanceId: INSTANCE,
      original,
      found: original,
      ours: OURS,
      wanted: createWantedEvents(OURS.events, false),
      pathToken: PATH_TOKEN,
      formerPathTokens: [],
      since: Date.UTC(2026, 10, 23, 9),
      guard: NO_GUARD,
      now: () => Date.UTC(2026, 10, 23, 9),
      post: (entry) => posted.push(entry),
      restoreCommand: RESTORE,
      signal: stop.signal,
      // Too short for a second attempt.
      retries: { forMs: 900, pauseMs: 1000 },
      patience: SHORT,
      ...options,
      ...more,
    });
    onTestFinished(async () => void (await held.release()));
    return held;
  };
  return {
    vendor,
    /** What stands between the listener and the vendor, and can disturb. */
    api,
    folder,
    journal,
    posted,
    stop,
    hold,
    /** A client that nothing disturbs. */
    direct,
    /** The webhook that the instance has now. */
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    /** Somebody else sets another webhook. */
    change: (webhook: Webhook) => direct.updateWebhook(INSTANCE, webhook),
    subscriptions: () => subscriptionsOf(vendor.apiUrl),
    /** The posted warnings by their code, other entries by type and state. */
    codes: () =>
      posted.map((entry) =>
        'code' in entry ? entry.code : `${entry.type} ${'state' in entry ? entry.state : ''}`,
      ),
  };
}
