/** A view: shows the feed. Which one is chosen by the command; all stand behind this. */

import type { FeedEntry } from '../feed/feed.ts';

export interface View {
  /** Shows a batch; resolves when more can be taken. */
  take(entries: readonly FeedEntry[]): Promise<void>;
}
