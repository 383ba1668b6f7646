/** What a takeover warns of, in words. */

import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import { type Warning, warning } from '../feed/warning.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { JournalEntry } from './journal.ts';

/** A listener died and left its webhook; this one carries on in its place. */
export function foundCrashed({ since, original }: JournalEntry): Warning {
  const had = original.url === null ? 'had no webhook' : 'had another webhook';
  return warning(
    'crashed_listener',
    `a listener that started at ${since} died without putting the webhook back; before it the instance ${had}, and gets that when this one stops`,
  );
}

/** A listener died, and what it left was settled before this one began. */
export function settledCrashed({ since, kind }: JournalEntry): Warning {
  const what =
    kind === 'side-by-side'
      ? 'and left a subscription beside the webhook, which is removed now'
      : 'without putting the webhook back, which is settled now';
  return warning('crashed_listener', `a listener that started at ${since} died ${what}`);
}

/** The instance points at another listener's tunnel. */
export function anothersTunnel(home: Webhook | null): Warning {
  const next =
    home?.url == null
      ? 'and no webhook of its own is known on this machine: in the end there is nothing to put back, until you name it with eazewa-hooks webhook set <url>'
      : `so in the end the instance gets what it had of its own: ${maskUrl(home.url)}`;
  return warning(
    'anothers_tunnel',
    `the instance sends its events to the tunnel of another listener. That is never put back, since it ends with its listener, ${next}`,
  );
}

/** The file that remembers an instance's own webhook could not be written. */
export function ownWebhookNotStored(error: unknown): Warning {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    'own_webhook_not_stored',
    `the instance's own webhook cannot be remembered for restore --own (${why})`,
  );
}

/** The guard ended while it was needed. */
export function guardGone(again: boolean): Warning {
  const next = again
    ? 'another one is started'
    : 'it ends again and again, so there is none from now on: if this process is killed, the webhook stays as it is until eazewa-hooks restore';
  return warning(
    'guard_gone',
    `the guard, which puts the webhook back if this process dies, has ended; ${next}`,
  );
}

/** The webhook is still to be put back. */
export function notYet(why: string, msLeft: number, beside: boolean): Warning {
  const seconds = Math.max(0, Math.ceil(msLeft / 1000));
  return warning(
    'restore_retry',
    `the ${beside ? 'subscription is not removed' : 'webhook is not put back'} yet (${why}); trying for ${seconds} s more`,
  );
}

/** How an instance is let go. */
interface ReleaseContext {
  readonly guarded: boolean;
  /** It is a subscription beside the webhook that goes. */
  readonly beside: boolean;
  readonly restoreCommand: string;
}

/** The vendor left the request that sets ours without an answer. */
export function inDoubtStill({ guarded, beside, restoreCommand }: ReleaseContext): Warning {
  const next = guarded ? 'Its guard looks again; so does' : 'Look again in a minute with';
  return warning(
    'webhook_in_doubt',
    `the vendor did not say whether it took our ${beside ? 'subscription' : 'webhook'}, and may set it yet. ${next}: ${restoreCommand}`,
  );
}

/** The webhook could not be put back. With a guard, that goes on trying. */
export function notRestored(
  instanceId: string,
  error: unknown,
  { guarded, beside, restoreCommand }: ReleaseContext,
): Warning {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof CliError && error.code === 'no_own_webhook') {
    return warning('not_restored', `${why}. ${error.hint}`);
  }
  const [what, todo] = beside
    ? [`the subscription beside the webhook of instance ${instanceId} was not removed`, 'Remove it']
    : [`the webhook of instance ${instanceId} was not put back`, 'Put it back'];
  const next = guarded ? 'Its guard goes on trying for a day. ' : '';
  return warning('not_restored', `${what} (${why}). ${next}${todo} with: ${restoreCommand}`);
}

/** The webhook is back, and the journal that says what it was could not be removed. */
export function journalLeft(error: unknown): Warning {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    'journal_left',
    `the webhook is settled, but its journal is still there (${why}); eazewa-hooks restore will find nothing to do and remove it`,
  );
}

/** The listener is to stop while another command changes the webhook. */
export function changeUnderWay(kind: JournalEntry['kind'] = 'takeover'): Warning {
  const [what, end] = kind === 'takeover' ? ['webhook', 'put back'] : ['subscription', 'removed'];
  return warning(
    'change_under_way',
    `the ${what} is being changed at this moment; it is ${end} when the vendor has answered`,
  );
}

/** A subscription was removed to be made anew with other events, and the vendor did not make it. */
export function notSubscribed(): Warning {
  return warning(
    'not_subscribed',
    'the subscription of this listener is gone, since the vendor did not take its new events: nothing comes here until they are chosen again',
  );
}
