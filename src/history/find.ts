/** Which event a person means: by its id, the beginning of its id, or `last`. */

import { CliError } from '../errors.ts';
import { safeText } from '../platform/safe-text.ts';
import type { History, StoredEvent } from './history.ts';

const CANDIDATES = 10;

/**
 * The event with this id, or the only one whose id begins so; `last` is the newest.
 * Throws `no_such_event`, or `ambiguous_id` with the candidates.
 */
export function findEvent(
  history: Pick<History, 'list' | 'event' | 'find'>,
  id: string,
): StoredEvent {
  if (id === 'last') {
    const [seq] = history.list({ limit: 1 });
    const newest = seq === undefined ? null : history.event(seq);
    if (newest !== null) return newest;
    throw new CliError('notFound', 'no_such_event', 'No event was received yet');
  }
  const [found, ...others] = history.find(id, CANDIDATES);
  if (found === undefined) {
    throw new CliError('notFound', 'no_such_event', `No event has the id ${safeText(id, 60)}`, {
      hint: 'eazewa-hooks events lists them.',
    });
  }
  if (others.length === 0 || found.id === id) return found;
  const ids = [found, ...others].map((event) => event.id);
  throw new CliError('notFound', 'ambiguous_id', `${safeText(id, 60)} fits several events`, {
    hint: `It may be ${ids.join(', ')}${ids.length === CANDIDATES ? ', …' : ''}`,
  });
}
