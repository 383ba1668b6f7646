/** Reads events once for all lanes that are about to send them. */

import type { History, StoredEvent } from '../history/history.ts';

/** Bodies that stay in memory for another lane, in bytes, and how many. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_EVENTS = 256;

/**
 * A reader for a number of lanes. An event stays in memory until each lane has read it, or until newer
 * events need its room; a later lane reads it from history again.
 */
export function createEventReader(
  history: Pick<History, 'event'>,
  lanes: number,
): (seq: number) => StoredEvent | null {
  /** Events that other lanes may still read, oldest first. */
  const held = new Map<number, { readonly event: StoredEvent; left: number }>();
  let bytes = 0;

  const drop = (seq: number, { body }: StoredEvent) => {
    held.delete(seq);
    bytes -= body.length;
  };
  return (seq) => {
    const known = held.get(seq);
    if (known !== undefined) {
      known.left--;
      if (known.left === 0) drop(seq, known.event);
      return known.event;
    }
    const event = history.event(seq);
    if (event === null || lanes < 2 || event.body.length > MOST_BYTES) return event;
    held.set(seq, { event, left: lanes - 1 });
    bytes += event.body.length;
    for (const [oldest, { event: old }] of held) {
      if (bytes <= MOST_BYTES && held.size <= MOST_EVENTS) break;
      drop(oldest, old);
    }
    return event;
  };
}
