/** The warnings of a takeover, in words. */

import type { Webhook } from '../eazewa/client.ts';
import { CliError, messageOf } from '../errors.ts';
import type { NewFeedEntry } from '../feed/feed.ts';
import { TAKEOVER_WORDS, wordsFor } from '../feed/takeover-words.ts';
import { type Warning, warning } from '../feed/warning.ts';
import { localTime } from '../platform/local-time.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { JournalEntry } from './journal.ts';
import type { GuardOptions } from './options.ts';

export type WebhookEntry = Extract<NewFeedEntry, { type: 'webhook' }>;

/** The feed's entry about a webhook or a side-by-side subscription; its url is masked. */
export function webhookEntry(
  kind: JournalEntry['kind'],
  state: WebhookEntry['state'],
  { url, events }: Webhook,
): WebhookEntry {
  return {
    type: 'webhook',
    state,
    url: url && maskUrl(url),
    events: [...events],
    ...(kind === 'side-by-side' && { sideBySide: true as const }),
  };
}

/** This listener carries on the takeover of a crashed one. */
export function takeoverResumed({ since, original }: JournalEntry): Warning {
  const had = original.url === null ? 'no webhook' : 'another webhook';
  return warning(
    'crashed_listener',
    `a listener that started at ${localTime(since)} crashed without restoring the webhook; the instance had ${had} before, which is restored when this listener stops`,
  );
}

/** What a crashed listener left was undone before this listener began. */
export function takeoverSettled({ since, kind }: JournalEntry): Warning {
  const { thing, undoing, undone } = TAKEOVER_WORDS[kind];
  return warning(
    'crashed_listener',
    `a listener that started at ${localTime(since)} crashed without ${undoing} its ${thing}, which is ${undone} now`,
  );
}

/** The instance points at another listener; `own` is the webhook to restore instead. */
export function anotherListener(own: Webhook | null): Warning {
  const next =
    own?.url == null
      ? "The instance's own webhook is not known on this machine, so nothing can be restored until you name it: eazewa-hooks webhook set <url>"
      : `When this listener stops, the instance gets its own webhook: ${maskUrl(own.url)}`;
  return warning(
    'another_listener',
    `the instance sends its events to another listener. That url is never restored, because it ends with that listener. ${next}`,
  );
}

/** The file that remembers an instance's own webhook could not be written. */
export function ownWebhookNotStored(error: unknown): Warning {
  return warning(
    'own_webhook_not_stored',
    `the instance's own webhook cannot be remembered for restore --own (${messageOf(error)})`,
  );
}

/** The guard ended while the listener needs it; `again`: another one is started. */
export function guardGone(options: Pick<GuardOptions, 'sideBySide'>, again: boolean): Warning {
  const { thing, undo, undone } = wordsFor(options);
  const next = again
    ? 'Another one is started'
    : `Each new guard ends at once, so there is none from now on: if this process is killed, the ${thing} is not ${undone} until you run eazewa-hooks restore`;
  return warning(
    'guard_gone',
    `the guard, which would ${undo} the ${thing} if this process were killed, has ended. ${next}`,
  );
}

/** An attempt to undo the takeover failed, and the next one follows; `msLeft` in ms. */
export function notYet(why: string, msLeft: number, kind: JournalEntry['kind']): Warning {
  const { thing, undone } = TAKEOVER_WORDS[kind];
  const seconds = Math.max(0, Math.ceil(msLeft / 1000));
  return warning(
    'restore_retry',
    `the ${thing} is not ${undone} yet (${why}); retrying for ${seconds} s more`,
  );
}

/** What the end of a release depends on. */
interface ReleaseContext {
  /** A guard watches, and goes on when this listener is gone. */
  readonly guarded: boolean;
  readonly restoreCommand: string;
}

/** A second signal to stop came, and no guard would finish the release; `msLeft` in ms, null where it is not known. */
export function releaseWaits(
  kind: JournalEntry['kind'],
  why: string,
  { restoreCommand, msLeft }: { readonly restoreCommand: string; readonly msLeft: number | null },
): Warning {
  const { thing, undone, undo } = TAKEOVER_WORDS[kind];
  const seconds =
    msLeft === null ? '' : ` for up to ${Math.max(0, Math.ceil(msLeft / 1000))} s more`;
  return warning(
    'release_waits',
    `the ${thing} is not ${undone} yet (${why}), and no guard would ${undo} it: waiting${seconds}. A third Ctrl-C ends this at once and leaves it to: ${restoreCommand}`,
  );
}

/** The release has no more to write; it looks for `msLeft` more, because a request of ours is in doubt or reads lag. */
export function settling(kind: JournalEntry['kind'], isInDoubt: boolean, msLeft: number): Warning {
  const { thing } = TAKEOVER_WORDS[kind];
  const looking = `looking for ${Math.ceil(msLeft / 1000)} s until that is sure`;
  return isInDoubt
    ? warning(
        'webhook_in_doubt',
        `the vendor left a request for our ${thing} without an answer and may still carry it out; ${looking}`,
      )
    : warning('vendor_lags', `the vendor may show an older ${thing} than it has; ${looking}`);
}

/** The vendor does not show our webhook yet. */
export function vendorLags(): Warning {
  return warning(
    'vendor_lags',
    'the vendor accepted our webhook, but still shows the one before; waiting up to 15 s for it',
  );
}

/** The takeover could not be undone. A guard goes on trying. */
export function notRestored(
  { kind, instanceId }: Pick<JournalEntry, 'kind' | 'instanceId'>,
  error: unknown,
  { guarded, restoreCommand }: ReleaseContext,
): Warning {
  const why = messageOf(error);
  if (error instanceof CliError && error.code === 'no_own_webhook') {
    return warning('not_restored', `${why}. ${error.hint}`);
  }
  const { of, undone, Undo } = TAKEOVER_WORDS[kind];
  const next = guarded ? 'The guard finishes this: it retries for a day. ' : '';
  return warning(
    'not_restored',
    `the ${of(instanceId)} was not ${undone} (${why}). ${next}${Undo} it with: ${restoreCommand}`,
  );
}

/** A release that wrote nothing: somebody else's webhook stands there, or the instance is gone. */
export function leftAlone(result: 'changed' | 'gone', original: Webhook): Warning {
  const url = original.url === null ? 'none' : maskUrl(original.url);
  return result === 'changed'
    ? warning(
        'webhook_changed',
        `somebody else changed the webhook meanwhile, so it is left as it is; before this listener it was ${url}`,
      )
    : warning(
        'webhook_gone',
        `the instance does not exist any more, so there is nothing to restore; its webhook was ${url}`,
      );
}

/** The takeover is undone, and its journal could not be removed. */
export function journalLeft(error: unknown): Warning {
  return warning(
    'journal_left',
    `the webhook is settled, but its journal could not be removed (${messageOf(error)}); eazewa-hooks restore will find nothing to do and remove it`,
  );
}

/** The listener is to stop while a change of its webhook is under way. */
export function changeUnderWay(kind: JournalEntry['kind']): Warning {
  const { thing, undone } = TAKEOVER_WORDS[kind];
  return warning(
    'change_under_way',
    `the ${thing} is being changed at this moment; it is ${undone} when the vendor has answered`,
  );
}

/** A subscription was removed to be added again with other events, and the vendor refused it. */
export function notSubscribed(): Warning {
  return warning(
    'not_subscribed',
    'this listener has no subscription any more, since the vendor did not accept its new events: nothing arrives until you choose events again',
  );
}
