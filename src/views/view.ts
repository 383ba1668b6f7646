/** The interface of every view of the feed: terminal UI, plain lines, JSON Lines. */

import type { FeedEntry } from '../feed/feed.ts';

export interface View {
  /** Shows a batch of entries; resolves when the view can take the next one. */
  take(entries: readonly FeedEntry[]): Promise<void>;
}
