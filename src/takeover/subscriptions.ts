/** Finds and removes the subscriptions that a listener has added, also when it crashed meanwhile. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { JournalEntry } from './journal.ts';

type Subscribed = Pick<JournalEntry, 'instanceId' | 'subscriptions' | 'ours'>;

/**
 * Removes each subscription of the entry; one that is gone already counts as removed. True when one
 * existed for sure and none is in doubt: while an id is null, the request that adds the subscription
 * may still arrive. Throws what the client throws; can be repeated.
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
 * The id of a url's subscription, by adding it again: the vendor answers with the existing one, or adds
 * one (VENDOR §8). Null when the vendor refuses it, as it then did the first time.
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
