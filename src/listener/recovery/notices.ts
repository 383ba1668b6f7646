/** The warnings of an outage and of its recovery, in words. */

import { CliError, messageOf } from '../../errors.ts';
import { count, type Warning, warning } from '../../feed/warning.ts';
import { localTime } from '../../platform/local-time.ts';
import type { Tally } from './search-messages.ts';

/** Two moments, in ms since 1970. */
interface Time {
  readonly from: number;
  readonly to: number;
}

/** An outage between two moments (ms since 1970): its events are lost, but the API may have its messages. */
export function mayBeLost(from: number, to: number, recovering: boolean): Warning {
  const what = recovering
    ? 'the API is asked for the messages'
    : 'listen with --recover asks the API for the messages';
  return warning(
    'events_may_be_lost',
    `events ${between({ from, to })} may be lost: another server answered in our place, so the vendor does not send them again; ${what}`,
  );
}

/** The result of a recovery. `messages`: how many were recovered; null when no event with messages is subscribed to. */
export function recovered(time: Time, messages: number | null, tally: Tally): Warning {
  if (messages === null) {
    const neither = 'the instance is subscribed to neither message nor message_create';
    return warning('recovered', `no messages ${between(time)} could be recovered: ${neither}`);
  }
  const found =
    messages === 0
      ? `the API has no message ${between(time)} that is not in history`
      : `${count(messages, 'message')} ${between(time)} ${messages === 1 ? 'was' : 'were'} recovered from the API, without media; none is forwarded unless you replay it`;
  const parts = [
    `${found} (${count(tally.asked, 'chat')} asked)`,
    'other events of that time (acks, edits …) cannot be recovered',
    tally.failed > 0 && `${count(tally.failed, 'chat')} could not be asked`,
    tally.passedOver > 0 && `${count(tally.passedOver, 'chat')} more were not asked: too many`,
    tally.moreChats && 'the account may have more chats than were searched',
    tally.cutShort > 0 &&
      `of ${count(tally.cutShort, 'chat')} the API perhaps did not give all messages`,
    tally.unreadable > 0 && `${count(tally.unreadable, 'message')} could not be read`,
  ];
  return warning('recovered', parts.filter(Boolean).join('; '));
}

/** A recovery failed, after this many messages were recovered. */
export function recoveryFailed(time: Time, messages: number, error: unknown): Warning {
  const why = messageOf(error);
  const hint = error instanceof CliError && error.hint !== undefined ? ` (${error.hint})` : '';
  return warning(
    'recovery_failed',
    `the API could not be asked for all messages ${between(time)}: ${why}${hint}; ${count(messages, 'message')} recovered; the API is not asked again`,
  );
}

function between({ from, to }: Time): string {
  const time = (ms: number) => localTime(new Date(ms).toISOString());
  return `between ${time(from)} and ${time(to)}`;
}
