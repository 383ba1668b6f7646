/** What a listener warns of, in words. */

import type { Webhook } from '../eazewa/client.ts';
import { CliError } from '../errors.ts';
import type { NewFeedEntry } from '../feed/feed.ts';
import { localTime } from '../platform/local-time.ts';
import { maskUrl } from '../platform/mask-url.ts';
import type { JournalEntry } from '../takeover/journal.ts';
import type { Tally } from './recovery/search-messages.ts';

type Warning = Extract<NewFeedEntry, { type: 'warning' }>;

function warning(code: string, message: string): Warning {
  return { type: 'warning', code, message };
}

/** A listener died and left its webhook; this one carries on in its place. */
export function foundDead({ since, original }: JournalEntry): Warning {
  const had = original.url === null ? 'had no webhook' : 'had another webhook';
  return warning(
    'dead_listener',
    `a listener that started at ${since} died without putting the webhook back; before it the instance ${had}, and gets that when this one stops`,
  );
}

/** A listener died, and what it left was settled before this one began. */
export function settledDead({ since, kind }: JournalEntry): Warning {
  const what =
    kind === 'side-by-side'
      ? 'and left a subscription beside the webhook, which is removed now'
      : 'without putting the webhook back, which is settled now';
  return warning('dead_listener', `a listener that started at ${since} died ${what}`);
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
export function homeNotKept(error: unknown): Warning {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    'home_not_kept',
    `the instance's own webhook cannot be remembered for restore --home (${why})`,
  );
}

/** History could not be written, or can again (null). */
export function trouble(error: Error | null): Warning {
  return error === null
    ? warning('history_ok', 'events are kept again, and their requests answered')
    : warning(
        'history_failing',
        `events cannot be kept (${error.message}): their requests are held open, so that the vendor sends them again`,
      );
}

/** So many requests went without an answer. */
export function closedUnanswered(count: number): Warning {
  return warning(
    'closed_unanswered',
    `${count} requests were closed without an answer, since they could not be kept in time`,
  );
}

/** What an earlier listener received and did not bring to a target. */
export function olderWaiting(count: number): Warning {
  return warning(
    'older_waiting',
    `${count} events of earlier still wait for a target and are not sent by themselves; see: eazewa-hooks events --waiting`,
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
interface LettingGo {
  readonly guarded: boolean;
  /** It is a subscription beside the webhook that goes. */
  readonly beside: boolean;
  readonly restoreCommand: string;
}

/** The vendor left the request that sets ours without an answer. */
export function inDoubtStill({ guarded, beside, restoreCommand }: LettingGo): Warning {
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
  { guarded, beside, restoreCommand }: LettingGo,
): Warning {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof CliError && error.code === 'no_home') {
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

/** The control socket could not be opened. */
export function unreachable(error: unknown): Warning {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    'control_unavailable',
    `other commands cannot reach this listener (${why}); EAZEWA_HOOKS_HOME moves its folder elsewhere`,
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

/** The tunnel is not up again, or the instance does not have its url yet; it is tried for ever. */
export function tunnelFailing(error: Error): Warning {
  return warning('tunnel_failing', `${error.message}; it is tried again every 5 s`);
}

/** Two moments, in ms since 1970. */
interface Time {
  readonly from: number;
  readonly to: number;
}

/** The tunnel was down between two moments (ms since 1970): what it answered is gone, unless the API has it. */
export function mayBeLost(from: number, to: number, recovering: boolean): Warning {
  const what = recovering
    ? 'the API is asked for the messages'
    : 'listen with --recover asks the API for the messages';
  return warning(
    'events_may_be_lost',
    `events ${between({ from, to })} may be lost: the tunnel answered in our place, and the vendor does not send them again; ${what}`,
  );
}

/** What a recovery found; null messages when no event was subscribed to that has any. */
export function recovered(time: Time, messages: number | null, tally: Tally): Warning {
  if (messages === null) {
    const neither = 'the instance is subscribed to neither message nor message_create';
    return warning('recovered', `no messages ${between(time)} were asked for: ${neither}`);
  }
  const found =
    messages === 0
      ? `the API has no message ${between(time)} that is not in history`
      : `${count(messages, 'message')} ${between(time)} ${messages === 1 ? 'was' : 'were'} brought back from the API, without media; none is forwarded unless you replay it`;
  const parts = [
    `${found} (${count(tally.asked, 'chat')} asked)`,
    'other events of that time (acks, edits …) cannot be brought back',
    tally.failed > 0 && `${count(tally.failed, 'chat')} could not be asked`,
    tally.passedOver > 0 && `${count(tally.passedOver, 'chat')} more were not asked: too many`,
    tally.moreChats && 'the account may have more chats than are looked at',
    tally.cutShort > 0 &&
      `of ${count(tally.cutShort, 'chat')} perhaps not all messages could be had`,
    tally.unreadable > 0 && `${count(tally.unreadable, 'message')} could not be read`,
  ];
  return warning('recovered', parts.filter(Boolean).join('; '));
}

/** A recovery came to its end too early, with so many messages brought back. */
export function recoveryFailed(time: Time, messages: number, error: unknown): Warning {
  const { message: why } = error instanceof Error ? error : new Error(String(error));
  const hint = error instanceof CliError && error.hint !== undefined ? ` (${error.hint})` : '';
  return warning(
    'recovery_failed',
    `the API could not be asked for all messages ${between(time)}: ${why}${hint}; ${count(messages, 'message')} brought back; it is not tried again by itself`,
  );
}

function between({ from, to }: Time): string {
  const time = (ms: number) => localTime(new Date(ms).toISOString());
  return `between ${time(from)} and ${time(to)}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
