/** Warnings of the feed, and the words that several layers use in them. */

import type { NewFeedEntry } from './feed.ts';

export type Warning = Extract<NewFeedEntry, { type: 'warning' }>;

/** A warning with a stable code; `message` is one sentence for the user. */
export function warning(code: string, message: string): Warning {
  return { type: 'warning', code, message };
}

/** A number and what it counts: `1 event`, `2 events`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
