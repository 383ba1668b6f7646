/** Upkeep of history: retention and the search index, in small steps. */

import type { History } from '../history/history.ts';

const EVERY_MS = 1000;
/** The pause while more is left to do. Requests wait while a step runs, so steps are small and pauses short. */
const SOON_MS = 6;

/** Maintains a history until it is stopped. `now` is in ms since 1970. */
export function startUpkeep(history: History, now: () => number): { stop(): void } {
  const work = () => {
    let more = false;
    try {
      more = history.maintain(now());
    } catch {
      // The disk is full or the file is gone: the writer warns of it, and upkeep can wait.
    }
    timer = setTimeout(work, more ? SOON_MS : EVERY_MS);
  };
  let timer = setTimeout(work, EVERY_MS);
  return { stop: () => clearTimeout(timer) };
}
