/** The requests that set ours: what becomes of each is told to the evidence and to the journal. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { Evidence } from './evidence.ts';
import type { Progress } from './progress.ts';

/**
 * A client whose requests that set ours are followed. One without an answer is in the journal before
 * the next attempt: a crash must not forget it. `now` is in ms since 1970.
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
