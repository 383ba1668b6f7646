/** The sentence about where events are stored, the same in every view: they are people's messages. */

import { safeText } from '../platform/safe-text.ts';

/** Where and how long events are stored, as safe text; `path` is that of the history. */
export function storedText(path: string): string {
  return `events are stored for 7 days or 1 GiB in ${safeText(path, 1000)} (--no-history stores nothing)`;
}
