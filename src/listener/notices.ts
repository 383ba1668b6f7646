/** The warnings of a listener itself, in words. */

import { messageOf } from '../errors.ts';
import { count, type Warning, warning } from '../feed/warning.ts';
import type { Unanswered } from '../receiver/receiver.ts';

/** History could not be written, or can again (null). */
export function trouble(error: Error | null): Warning {
  return error === null
    ? warning('history_ok', 'events are stored again, and their requests answered')
    : warning(
        'history_failing',
        `events cannot be stored (${error.message}): their requests get no answer, so that the vendor sends them again`,
      );
}

/** History turned out to be damaged: the listener stops. */
export function historyDamaged({ message }: Error): Warning {
  return warning('history_damaged', `${message}. The instance is released, and the listener ends`);
}

/** This many connections were closed without an answer. */
export function unanswered(cause: Unanswered, number: number): Warning {
  const one = number === 1;
  if (cause === 'idle') {
    const closed = `${count(number, 'idle connection')} ${one ? 'was' : 'were'} closed`;
    return warning('too_many_connections', `${closed}: too many were open at the same time`);
  }
  const { code, what, why } = UNANSWERED[cause];
  const closed = `${count(number, what)} ${one ? 'was' : 'were'} closed without an answer`;
  return warning(code, `${closed}: ${one ? why[0] : why[1]}`);
}

/** By cause: the code, what was closed, and why, for one and for several. */
const UNANSWERED = {
  'not-stored': {
    code: 'not_stored_in_time',
    what: 'request',
    why: ['its event could not be stored in time', 'their events could not be stored in time'],
  },
  'too-many': {
    code: 'too_many_connections',
    what: 'connection',
    why: ['too many were open at the same time', 'too many were open at the same time'],
  },
  'too-slow': {
    code: 'request_too_slow',
    what: 'request',
    why: ['it did not arrive in time', 'they did not arrive in time'],
  },
} as const satisfies Record<Exclude<Unanswered, 'idle'>, object>;

/** Two requests had one id and different bodies. */
export function requestIdReused(): Warning {
  return warning(
    'request_id_reused',
    'two requests with the same x-waapi-request-id had different bodies: they are stored and forwarded as two events',
  );
}

/** Events that earlier listeners did not bring to a target. */
export function olderWaiting(number: number): Warning {
  const wait =
    number === 1
      ? '1 event of an earlier listener waits'
      : `${count(number, 'event')} of earlier listeners wait`;
  return warning(
    'older_waiting',
    `${wait} for a target and will not be sent unless you replay ${number === 1 ? 'it' : 'them'}; see: eazewa-hooks events --waiting, or dismiss ${number === 1 ? 'it' : 'them'}: eazewa-hooks events dismiss --waiting`,
  );
}

/** Events that waited for a target were dismissed by a command. */
export function waitingDismissed(number: number): Warning {
  const what = number === 1 ? '1 waiting event was' : `${count(number, 'waiting event')} were`;
  return warning(
    'waiting_dismissed',
    `${what} dismissed: only a replay sends ${number === 1 ? 'it' : 'them'}`,
  );
}

/** The control socket could not be opened. */
export function unreachable(error: unknown): Warning {
  const why = messageOf(error);
  return warning(
    'control_unavailable',
    `other commands cannot reach this listener (${why}); set EAZEWA_HOOKS_HOME to use another folder`,
  );
}

/** The tunnel is not up again, or the instance does not have its url yet. */
export function tunnelFailing(error: Error): Warning {
  return warning('tunnel_failing', `${error.message}; retrying every 5 s`);
}
