/** Rejected requests in words. */

import type { FeedEntry } from '../feed/feed.ts';

/** Why requests were rejected, how many, and their size. */
export function rejectedText({
  reason,
  count,
  size,
}: Pick<Extract<FeedEntry, { type: 'rejected' }>, 'reason' | 'count' | 'size'>): string {
  return `${reason} (${count === 1 ? '' : `${count} requests, `}${size} bytes)`;
}
