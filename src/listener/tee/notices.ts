/** The warnings of a tee, in words. */

import { count, type Warning, warning } from '../../feed/warning.ts';
import { safeText } from '../../platform/safe-text.ts';

/** An event as a list names it. */
export interface Named {
  readonly id: string;
  readonly event: string;
}

/** Events named in a list; the others are counted. */
const MOST_NAMED = 10;

/** No webhook can get the events. `why` is a clause. */
export function teeNowhere(why: string): Warning {
  return warning('tee_nowhere', `--tee sends events nowhere: ${why}`);
}

/** The instance's own webhook gave no response; its events are retried. */
export function teeFailing(url: string, error: string): Warning {
  return warning(
    'tee_failing',
    `the instance's own webhook ${url} does not answer (${safeText(error, 200)}); each event is retried until it answers`,
  );
}

/** The instance's own webhook answers again. */
export function teeOk(url: string): Warning {
  return warning('tee_ok', `the instance's own webhook ${url} answers again`);
}

/** The instance's own webhook answered with another status than 2xx. */
export function teeRefused(url: string, status: number, { id, event }: Named): Warning {
  return warning(
    'tee_refused',
    `the instance's own webhook ${url} answered ${status} to ${safeText(event, 60)} [${id}]; like the vendor, the tee does not retry an answered event. Further answers of ${status} are not shown`,
  );
}

/** The queue had no room for this many events. */
export function teeDropped(number: number): Warning {
  return warning(
    'tee_dropped',
    `${count(number, 'event')} will not reach the instance's own webhook: too many wait for its answer`,
  );
}

/** These events had no response when the listener stopped. */
export function teeUnsent(unsent: readonly Named[]): Warning {
  const named = unsent
    .slice(0, MOST_NAMED)
    .map(({ id, event }) => `${safeText(event, 60)} [${id}]`)
    .join(', ');
  const more = unsent.length > MOST_NAMED ? ` and ${unsent.length - MOST_NAMED} more` : '';
  return warning(
    'tee_unsent',
    `${count(unsent.length, 'event')} had no answer from the instance's own webhook and will not be retried: ${named}${more}`,
  );
}
