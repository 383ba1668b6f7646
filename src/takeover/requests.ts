/** Follows the requests of a takeover: their outcomes, and what reads show, go into evidence and journal. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { Evidence } from './evidence.ts';
import type { Progress } from './progress.ts';
import { adopted } from './restore.ts';

/**
 * A client whose requests that set ours are followed. One without an answer is in the journal before
 * the next attempt: a crash must not forget it. So is somebody else's webhook that a read shows. `now` is
 * in ms since 1970.
 */
export function followRequests(
  client: Client,
  evidence: Evidence,
  progress: Progress,
  now: () => number,
): Client {
  const failed = async (error: unknown): Promise<void> => {
    if (isRefusal(error)) return evidence.refused();
    evidence.doubted();
    await progress.remember({ doubtAt: new Date(now()).toISOString() });
  };
  const followed = async <T>(request: () => Promise<T>): Promise<T> => {
    evidence.sent();
    try {
      const answer = await request();
      evidence.acknowledged();
      return answer;
    } catch (error) {
      await failed(error);
      throw error;
    }
  };
  return {
    ...client,
    async getInstance(id, signal) {
      const instance = await client.getInstance(id, signal);
      const changed = adopted(progress.entry, instance.webhook, evidence);
      if (changed !== null) await progress.remember(changed);
      return instance;
    },
    updateWebhook: (id, webhook, signal, again) =>
      followed(() =>
        client.updateWebhook(id, webhook, signal, async (error) => {
          await failed(error);
          await again?.(error);
        }),
      ),
    addSubscription: (id, to, signal) =>
      followed(() => client.addSubscription(id, to, signal, failed)),
  };
}

/** Failures by which the vendor says that it has changed nothing. */
const REFUSALS: ReadonlySet<string> = new Set(['auth', 'notFound', 'usage', 'rateLimited']);

/** Whether an error says that the vendor has changed nothing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof CliError && REFUSALS.has(error.exit);
}
