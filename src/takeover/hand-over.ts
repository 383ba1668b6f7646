/** A second signal to stop: what is held at that moment is left to its guard, if one watches. */

import { CliError } from '../errors.ts';
import { onAbort } from '../platform/on-abort.ts';

/**
 * What a second signal leads to. `nothing`: nothing is held, so the process may end at once. `guard`:
 * the release ends, and the guard finishes it. `waits`: no guard watches, so the release goes on.
 */
export type HandedOver = 'nothing' | 'guard' | 'waits';

/** An instance that is held. */
export interface Held {
  /** Whether a guard watches. */
  watches(): boolean;
  /** Tells the feed what the release waits for. */
  waits(): void;
}

/** The second signal, between a listener and its takeover. */
export interface HandOver {
  /** Aborts when the guard is to finish the release; its reason is the error `handed_over`. */
  readonly signal: AbortSignal;
  /** An instance is held from now on. Further calls replace what was said before. */
  hold(held: Held): void;
  /** The instance is released. */
  end(): void;
  /** The second signal. */
  ask(): HandedOver;
}

export function createHandOver(): HandOver {
  const over = new AbortController();
  let current: Held | null = null;
  return {
    signal: over.signal,
    hold(held) {
      current = held;
    },
    end() {
      current = null;
    },
    ask() {
      if (current === null) return 'nothing';
      if (current.watches()) {
        over.abort(handedOver());
        return 'guard';
      }
      current.waits();
      return 'waits';
    },
  };
}

/** `work`, until the signal aborts: then throws its reason; what becomes of the work is ignored. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(onAbort(signal, abort));
  });
}

function handedOver(): CliError {
  return new CliError('notRestored', 'handed_over', 'it was told to stop a second time');
}
