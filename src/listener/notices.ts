/** What a listener itself warns of, in words. */

import { type Warning, warning } from '../feed/warning.ts';

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

/** The control socket could not be opened. */
export function unreachable(error: unknown): Warning {
  const why = error instanceof Error ? error.message : String(error);
  return warning(
    'control_unavailable',
    `other commands cannot reach this listener (${why}); EAZEWA_HOOKS_HOME moves its folder elsewhere`,
  );
}

/** The tunnel is not up again, or the instance does not have its url yet; it is tried for ever. */
export function tunnelFailing(error: Error): Warning {
  return warning('tunnel_failing', `${error.message}; it is tried again every 5 s`);
}
