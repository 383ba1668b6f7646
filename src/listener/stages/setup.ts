/** What every stage of a listener's start is given. */

import type { Post } from '../../feed/feed.ts';
import type { HandOver } from '../../takeover/hand-over.ts';
import type { ListenerDeps, ListenerOptions } from '../options.ts';
import type { UndoStack } from '../undo.ts';

export interface Setup {
  readonly options: ListenerOptions;
  readonly deps: ListenerDeps;
  readonly post: Post;
  /** Aborts when the listener is told to stop, also halfway through its start. */
  readonly signal: AbortSignal;
  /** A second signal to stop. */
  readonly handOver: HandOver;
  /** Each stage pushes how to undo what it does, right after it did it. */
  readonly undo: UndoStack;
}
