/** Settling what a dead listener left, before one begins that could not carry it on. */

import type { Client } from '../eazewa/client.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { putBack } from './put-back.ts';

/**
 * A takeover carries on the takeover of a dead listener. Where one of the two stands beside the webhook,
 * what was left is settled first, and its journal removed: a subscription must not go on leading to a
 * dead url, and a webhook that is never to be written cannot be put back in the end. The caller holds
 * the lock. Null when there was nothing to settle. Throws what the client and the journal throw.
 */
export async function settleLeft(
  client: Client,
  journal: Journal,
  sideBySide: boolean,
  signal: AbortSignal,
): Promise<JournalEntry | null> {
  const left = await journal.read();
  if (left === null || (left.kind === 'takeover' && !sideBySide)) return null;
  await putBack(client, left, signal);
  await journal.remove();
  return left;
}
