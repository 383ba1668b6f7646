/** Settling what a dead listener left, before one begins that could not carry it on. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { mayBeSetYet, restoreWebhook } from './restore.ts';

/**
 * A takeover carries on the takeover of a dead listener. Where one of the two stands beside the webhook,
 * what was left is settled first, and its journal removed: a subscription must not go on leading to a
 * dead url, and a webhook that is never to be written cannot be put back in the end. The caller holds
 * the lock; `now` is in ms since 1970. Null when there was nothing to settle. Throws what the client and
 * the journal throw, and `not_settled` (busy) while the vendor may still do what the dead one asked last.
 */
export async function settleLeft(
  client: Client,
  journal: Journal,
  sideBySide: boolean,
  now: number,
  signal: AbortSignal,
): Promise<JournalEntry | null> {
  const left = await journal.read();
  if (left === null || (left.kind === 'takeover' && !sideBySide)) return null;
  const done = await restoreWebhook(client, left, signal);
  if (done !== 'restored' && mayBeSetYet(left, now)) throw notSettled(left);
  await journal.remove();
  return left;
}

function notSettled({ instanceId, kind }: JournalEntry): CliError {
  const what = kind === 'takeover' ? 'set its webhook' : 'added its subscription';
  return new CliError(
    'busy',
    'not_settled',
    `A listener of instance ${instanceId} died a moment ago while it ${what}, and the vendor may still take that`,
    { hint: 'Try again in a minute; eazewa-hooks restore looks until it is sure.' },
  );
}
