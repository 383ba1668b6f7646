/** The subscriptions that a listener has made beside an instance's own webhook: ending them, whatever became of it. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { JournalEntry } from './journal.ts';

type Subscribed = Pick<JournalEntry, 'instanceId' | 'subscriptions' | 'ours'>;

/**
 * Ends each of them; one that is gone already is as well. True when one was there for sure, and none
 * is in doubt: a request to make one may be on its way yet while its id is not known. Throws what the
 * client throws, and nothing is lost by doing it again.
 */
export async function removeSubscriptions(
  client: Pick<Client, 'addSubscription' | 'removeSubscription'>,
  entry: Subscribed,
  signal?: AbortSignal,
): Promise<boolean> {
  const { instanceId, subscriptions } = entry;
  let wasThere = false;
  for (const { id, url } of subscriptions) {
    const known = id ?? (await lookUp(client, entry, url, signal));
    if (known === null) continue;
    if (await client.removeSubscription(instanceId, known, signal)) wasThere = true;
  }
  return wasThere && subscriptions.every(({ id }) => id !== null);
}

/**
 * The id of the subscription that a url has, by asking for one: the vendor then tells the one that there
 * is, or makes one (VENDOR §8). Null when it refuses what was asked for: so it did the first time.
 */
async function lookUp(
  client: Pick<Client, 'addSubscription'>,
  { instanceId, ours }: Subscribed,
  url: string,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    return await client.addSubscription(instanceId, { url, events: ours.events }, signal);
  } catch (error) {
    if (error instanceof CliError && error.exit === 'usage') return null;
    throw error;
  }
}
