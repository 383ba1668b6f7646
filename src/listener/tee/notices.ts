/** What a tee warns of, in words. */

import type { NewFeedEntry } from '../../feed/feed.ts';
import { safeText } from '../../platform/safe-text.ts';

type Warning = Extract<NewFeedEntry, { type: 'warning' }>;

/** An event, as it is named in a list. */
export interface Named {
  readonly id: string;
  readonly event: string;
}

/** So many are named; of the others, how many they are. */
const MOST_NAMED = 10;

function warning(code: string, message: string): Warning {
  return { type: 'warning', code, message };
}

/** There is no webhook that could get it. `why` is a clause. */
export function teeNowhere(why: string): Warning {
  return warning('tee_nowhere', `--tee sends events nowhere: ${why}`);
}

/** The instance's own webhook gave no response; what it is sent is sent again. */
export function teeFailing(url: string, error: string): Warning {
  return warning(
    'tee_failing',
    `the instance's own webhook ${url} does not answer (${safeText(error, 200)}): it gets nothing at this moment; each event is sent again until it answers`,
  );
}

/** It answers again. */
export function teeOk(url: string): Warning {
  return warning('tee_ok', `the instance's own webhook ${url} answers again`);
}

/** It answered, and not with 2xx. */
export function teeRefused(url: string, status: number, { id, event }: Named): Warning {
  return warning(
    'tee_refused',
    `the instance's own webhook ${url} answered ${status} to ${safeText(event, 60)} [${id}]; as the vendor does, that is not sent again. Other answers of ${status} are not told`,
  );
}

/** There was no room for so many. */
export function teeDropped(count: number): Warning {
  return warning(
    'tee_dropped',
    `${events(count)} will not reach the instance's own webhook: too many wait for its answer`,
  );
}

/** These had no response when the listener ended. */
export function teeUnsent(unsent: readonly Named[]): Warning {
  const named = unsent
    .slice(0, MOST_NAMED)
    .map(({ id, event }) => `${safeText(event, 60)} [${id}]`)
    .join(', ');
  const more = unsent.length > MOST_NAMED ? ` and ${unsent.length - MOST_NAMED} more` : '';
  return warning(
    'tee_unsent',
    `${events(unsent.length)} had no answer from the instance's own webhook, and will not be sent there any more: ${named}${more}`,
  );
}

function events(count: number): string {
  return `${count} event${count === 1 ? '' : 's'}`;
}
