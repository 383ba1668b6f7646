/** Runs a listener from start to stop, with its feed going to whoever takes it: the same in a worker and without. */

import type { Ask } from '../control/protocol.ts';
import { CliError } from '../errors.ts';
import type { NewFeedEntry } from '../feed/feed.ts';
import { createOutbox, type Take } from '../feed/outbox.ts';
import { startListener } from './listener.ts';
import type { Ending, ListenerDeps, ListenerOptions } from './options.ts';

/** A listener that was told to run. */
export interface ListenerHandle {
  /** How it ended. Rejects when it could not start; then all that was done is undone. */
  readonly stopped: Promise<Ending>;
  /** Asks it. Rejects with `not_running` (unexpected) before it is ready and after it has stopped. */
  readonly ask: Ask;
  /** Stops it, also halfway through its start. More than once is once. */
  stop(): void;
}

const NOTHING: Ending = { received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true };

/** Runs a listener in this thread. Its feed ends with `stopped` before the handle's promise resolves. */
export function runListener(
  options: ListenerOptions,
  take: Take,
  deps: ListenerDeps,
): ListenerHandle {
  const stop = new AbortController();
  const outbox = createOutbox(take, deps.now);
  let running: Ask | null = null;
  const run = async (): Promise<Ending> => {
    try {
      const listener = await startListener(options, outbox.post, deps, stop.signal);
      running = listener.ask;
      return await listener.stopped;
    } catch (error) {
      // Told to stop before it ran, and nothing was left behind.
      // Node's own timers throw an error of their own for it, not the signal's reason.
      if (stop.signal.aborted && error instanceof Error && error.name === 'AbortError') {
        return NOTHING;
      }
      throw error;
    } finally {
      running = null;
    }
  };
  const end = async (): Promise<Ending> => {
    try {
      const outcome = await run();
      outbox.post({ type: 'stopped', ...outcome } satisfies NewFeedEntry);
      return outcome;
    } finally {
      await outbox.flush();
    }
  };
  const ask: Ask = async (request) => {
    if (running === null) throw notRunning();
    return running(request);
  };
  return { stopped: end(), ask, stop: () => stop.abort() };
}

/** There is no listener to ask: not yet, or not any more. */
export function notRunning(): CliError {
  return new CliError('unexpected', 'not_running', 'The listener is not running');
}
