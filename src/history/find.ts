/** Finds the event that a person names: by its id, the beginning of its id, or `last`. */

import { CliError } from '../errors.ts';
import { safeText } from '../platform/safe-text.ts';
import type { EventHead, History, StoredEvent } from './history.ts';

const CANDIDATES = 10;

/** The event that {@link findHead} finds, with headers and body. Throws what it throws. */
export function findEvent(
  history: Pick<History, 'list' | 'event' | 'head' | 'find'>,
  id: string,
): StoredEvent {
  const found = history.event(findHead(history, id).seq);
  // Another process may have removed the event since.
  if (found === null) throw noSuchEvent(id);
  return found;
}

/**
 * The event with this id, or the only one whose id begins so; `last` is the newest.
 * Throws `no_such_event`, or `ambiguous_id` with the candidates.
 */
export function findHead(history: Pick<History, 'list' | 'head' | 'find'>, id: string): EventHead {
  if (id === 'last') {
    const [seq] = history.list({ limit: 1 });
    const newest = seq === undefined ? null : history.head(seq);
    if (newest !== null) return newest;
    throw new CliError('notFound', 'no_such_event', 'No event was received yet', {
      hint: 'Receive some with: eazewa-hooks listen',
    });
  }
  const [found, ...others] = history.find(id, CANDIDATES);
  if (found === undefined) throw noSuchEvent(id);
  if (others.length === 0 || found.id === id) return found;
  const ids = [found, ...others].map((event) => event.id);
  throw new CliError('notFound', 'ambiguous_id', `${safeText(id, 60)} matches several events`, {
    hint: `It may be ${ids.join(', ')}${ids.length === CANDIDATES ? ', …' : ''}`,
  });
}

function noSuchEvent(id: string): CliError {
  return new CliError('notFound', 'no_such_event', `No event has the id ${safeText(id, 60)}`, {
    hint: 'List the events with: eazewa-hooks events',
  });
}

/** The error of work that needs the body of an event whose large body is no longer stored. */
export function bodyDropped(id: string): CliError {
  return new CliError('notFound', 'body_dropped', `The body of ${id} is no longer stored`, {
    hint: 'Bodies over 256 kB are stored for 24 hours.',
  });
}
