/** A vendor whose reads lag, and that cuts one write in ten and carries it out late. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Webhook } from '../../src/eazewa/client.ts';
import type { Answer, Asked, Disturb } from './api.ts';

/** Longest time by which a read lags, in ms. */
const LAG_MS = 3000;
/** Longest time until a request that was cut is carried out, in ms. */
const LATE_MS = 10_000;
/** One write in so many is cut. */
const CUT_EVERY = 10;

/** A webhook that the vendor has, and since when, in ms since 1970. */
export interface Landed {
  readonly at: number;
  readonly webhook: Webhook;
}

export interface LaggingVendor {
  readonly disturb: Disturb;
  /** Every webhook that it had, the first one first. */
  readonly landed: readonly Landed[];
  readonly counts: { cut: number; olderReads: number };
}

/** `random` gives numbers from 0 to 1; `first` is the webhook that the vendor has. */
export function createLaggingVendor(random: () => number, first: Webhook): LaggingVendor {
  const landed: Landed[] = [{ at: 0, webhook: first }];
  const counts = { cut: 0, olderReads: 0 };
  const carryOut = async ({ body }: Asked, passOn: () => Promise<Answer>) => {
    const answer = await passOn();
    if (answer.status < 300) landed.push({ at: Date.now(), webhook: body.webhook });
    return answer;
  };
  const isWebhook = ({ path }: Asked) => /^\/api\/v1\/instances\/33$/.test(path);
  return {
    landed,
    counts,
    async disturb(asked, passOn) {
      if (!isWebhook(asked)) return passOn();
      if (asked.method === 'PUT') {
        if (random() * CUT_EVERY >= 1) return carryOut(asked, passOn);
        counts.cut++;
        sleep(random() * LATE_MS)
          .then(() => carryOut(asked, passOn))
          .catch(() => {});
        return 'cut';
      }
      const asOf = Date.now() - random() * LAG_MS;
      const answer = await passOn();
      const shown = landed.findLast(({ at }) => at <= asOf) ?? landed[0];
      if (shown === undefined || shown === landed.at(-1)) return answer;
      counts.olderReads++;
      const { url, events } = shown.webhook;
      const instance = { ...answer.json.instance, webhook_url: url, webhook_events: events };
      return { ...answer, json: { ...answer.json, instance } };
    },
  };
}
