/** What became of a row's event. */

import { type Outcome, outcomeOfEvent } from '../../history/outcome.ts';
import type { Row } from './state.ts';

/** The outcome of a row's event over all its targets. */
export function outcomeOf({ event }: Row): Outcome {
  return outcomeOfEvent(event.targets.map(({ outcome }) => outcome));
}

/** Whether the app answered 404 wherever an event failed: its handler does not handle this event. */
export function isUnhandled({ event, attempts }: Row): boolean {
  const failed = event.targets.filter(({ outcome }) => outcome === 'failed').map(({ url }) => url);
  return (
    failed.length > 0 &&
    failed.every((url) => {
      return attempts.some(({ target, status }) => target === url && status === 404);
    })
  );
}
