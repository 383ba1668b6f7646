/** Settles what a crashed listener left, where the new listener cannot carry it on. */

import type { Client } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { TAKEOVER_WORDS } from '../feed/takeover-words.ts';
import { type Clock, SYSTEM_CLOCK } from '../platform/clock.ts';
import { evidenceOf, PATIENCE } from './evidence.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { restoreWebhook } from './restore.ts';

/**
 * A listener that replaces the webhook carries on after a crashed one that did the same. If either is
 * side by side, the crashed listener's takeover is undone first, and its journal removed. The caller
 * holds the lock; `now` is in ms since 1970. Resolves to that journal, null when there was nothing to
 * settle. Throws what the client and the journal throw, and `not_settled` (busy) while the crashed
 * listener's last request may still take effect.
 */
export async function settleLeft(
  client: Client,
  journal: Journal,
  sideBySide: boolean,
  now: number,
  signal: AbortSignal,
  clock: Clock = SYSTEM_CLOCK,
): Promise<JournalEntry | null> {
  const left = await journal.read();
  if (left === null || (left.kind === 'takeover' && !sideBySide)) return null;
  const evidence = evidenceOf(left, now, PATIENCE, clock);
  for (;;) {
    const done = await restoreWebhook(client, left, signal, evidence);
    if (evidence.isInDoubt) throw notSettled(left);
    const msLeft = done === 'gone' ? 0 : evidence.msLeft();
    if (msLeft === 0) break;
    await clock.pause(Math.min(PATIENCE.pauseMs, msLeft), signal);
    signal.throwIfAborted();
  }
  await journal.remove();
  return left;
}

/** A crashed listener's last request may still take effect. */
export function notSettled({ instanceId, kind }: JournalEntry): CliError {
  const { thing } = TAKEOVER_WORDS[kind];
  return new CliError(
    'busy',
    'not_settled',
    `A listener of instance ${instanceId} crashed a moment ago while it set its ${thing}, and the vendor may still apply that`,
    { hint: 'Try again in a minute, or run eazewa-hooks restore, which waits until it is sure.' },
  );
}
