/** A listener: starts its stages in order, and undoes what was done when one of them fails. */

import type { Post } from '../feed/feed.ts';
import type { HandOver } from '../takeover/hand-over.ts';
import type { ListenerDeps, ListenerOptions } from './options.ts';
import { converse, type Listener } from './stages/conversation.ts';
import { openReception } from './stages/reception.ts';
import { openState } from './stages/state.ts';
import { takeInstance } from './stages/takeover.ts';
import { UndoStack } from './undo.ts';

/**
 * Starts a listener, in four stages. The listener runs until `signal` aborts or a limit is reached;
 * then it restores the instance, drains, and closes. When a stage fails, or the signal aborts before
 * the last one, everything that was done is undone and the reason is thrown. By `handOver` what is not
 * undone is left to the guard.
 */
export async function startListener(
  options: ListenerOptions,
  post: Post,
  deps: ListenerDeps,
  signal: AbortSignal,
  handOver: HandOver,
): Promise<Listener> {
  const undo = new UndoStack();
  const setup = { options, deps, post, signal, handOver, undo };
  try {
    const state = await openState(setup);
    const reception = await openReception(setup, state);
    const taken = await takeInstance(setup, state, reception);
    return await converse(setup, state, reception, taken);
  } catch (error) {
    await undo.unwind();
    throw error;
  }
}
