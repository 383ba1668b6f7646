/** Listens to signals that many others listen to as well. */

import { setMaxListeners } from 'node:events';

/**
 * Calls `aborted` once when the signal aborts; the result ends that. Node 20 takes more than ten
 * listeners of one signal for a leak and prints so: here they are one for each request under way.
 */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  manyListen(signal);
  signal.addEventListener('abort', aborted, { once: true });
  return () => signal.removeEventListener('abort', aborted);
}

/** Lets any number of listeners share a signal that is given to Node itself. */
export function manyListen(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}
