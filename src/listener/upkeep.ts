/** Upkeep: retention and the search index, in small pieces between everything else. */

import type { History } from '../history/history.ts';

const EVERY_MS = 1000;
/** While more is left to do. */
const SOON_MS = 50;

/** Keeps a history up until it is stopped. */
export function startUpkeep(history: History, now: () => number): { stop(): void } {
  const work = () => {
    let more = false;
    try {
      more = history.maintain(now());
    } catch {
      // The disk is full or the file is gone: it can wait, and the writer tells of it.
    }
    timer = setTimeout(work, more ? SOON_MS : EVERY_MS);
  };
  let timer = setTimeout(work, EVERY_MS);
  return { stop: () => clearTimeout(timer) };
}
