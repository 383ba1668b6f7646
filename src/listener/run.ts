/** Runs a listener from start to stop in the current thread, main or worker, and passes its feed to a view. */

import type { Ask } from '../control/protocol.ts';
import { CliError } from '../errors.ts';
import type { NewFeedEntry } from '../feed/feed.ts';
import { createOutbox, type Take } from '../feed/outbox.ts';
import { createHandOver, type HandedOver } from '../takeover/hand-over.ts';
import { startListener } from './listener.ts';
import type { Ending, ListenerDeps, ListenerOptions } from './options.ts';

/** A listener that runs, starts or has stopped. */
export interface ListenerHandle {
  /** How it ended. Rejects when it could not start; then everything that was done is undone. */
  readonly stopped: Promise<Ending>;
  /** Sends it a request. Rejects with `not_running` (unexpected) before it is ready and after it stopped. */
  readonly ask: Ask;
  /** Stops it, also halfway through its start. Further calls do nothing. */
  stop(): void;
  /** After {@link stop}: leaves to the guard what is not released yet, and says what becomes of it. */
  handOver(): Promise<HandedOver>;
}

const NOTHING: Ending = { received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true };

/** Runs a listener in this thread. Its feed ends with `stopped` before the handle's promise resolves. */
export function runListener(
  options: ListenerOptions,
  take: Take,
  deps: ListenerDeps,
): ListenerHandle {
  const stop = new AbortController();
  const handOver = createHandOver();
  const outbox = createOutbox(take, deps.now);
  let running: Ask | null = null;
  const run = async (): Promise<Ending> => {
    try {
      const listener = await startListener(options, outbox.post, deps, stop.signal, handOver);
      running = listener.ask;
      return await listener.stopped;
    } catch (error) {
      // Stopped before it was ready, and everything is undone. Node's timers throw an AbortError of
      // their own instead of the signal's reason.
      if (stop.signal.aborted && error instanceof Error && error.name === 'AbortError') {
        return NOTHING;
      }
      // The feed has said that the guard finishes this.
      if (handOver.signal.aborted && error instanceof CliError && error.exit === 'notRestored')
        return { ...NOTHING, restored: false };
      throw error;
    } finally {
      running = null;
    }
  };
  const end = async (): Promise<Ending> => {
    try {
      const ending = await run();
      outbox.post({ type: 'stopped', ...ending } satisfies NewFeedEntry);
      return ending;
    } finally {
      await outbox.flush();
    }
  };
  const ask: Ask = async (request) => {
    if (running === null) throw notRunning();
    return running(request);
  };
  return { stopped: end(), ask, stop: () => stop.abort(), handOver: async () => handOver.ask() };
}

/** A request came before the listener was ready, or after it stopped. */
export function notRunning(): CliError {
  return new CliError('unexpected', 'not_running', 'The listener is not running');
}
