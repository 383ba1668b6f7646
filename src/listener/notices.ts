/** What a listener warns of, in words. */

import type { NewFeedEntry } from '../feed.ts';
import type { JournalEntry } from './journal.ts';

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
export function changeUnderWay(): Warning {
  return warning(
    'change_under_way',
    'another command is changing the webhook at this moment; it is put back when the vendor has answered',
  );
}

/** The tunnel is not up again, or the instance does not have its url yet; it is tried for ever. */
export function tunnelFailing(error: Error): Warning {
  return warning('tunnel_failing', `${error.message}; it is tried again every 5 s`);
}

/** The way in did not lead here for a while (ms since 1970), and whoever answered in our place made sure that nothing is sent again. */
export function mayBeLost(from: number, to: number, recovering: boolean): Warning {
  return warning('events_may_be_lost', `${from} ${to} ${recovering}`);
}
