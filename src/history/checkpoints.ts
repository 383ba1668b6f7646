/** Starts and ends the thread that makes the checkpoints of a history. */

import { Worker } from 'node:worker_threads';

/** Checkpoints that are made beside the commits. */
export interface Checkpoints {
  /** Resolves when no more will come. */
  stop(): Promise<unknown>;
}

/** Makes the checkpoints of the history at `path` in a thread of its own; it ends with the process. */
export function startCheckpoints(path: string): Checkpoints {
  const worker = new Worker(new URL('./checkpoint-thread.js', import.meta.url), {
    workerData: path,
  });
  // Without it the commits make their own, more seldom: slower, and as safe.
  worker.on('error', () => {});
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  worker.unref();
  return {
    stop() {
      worker.ref();
      worker.postMessage('stop');
      return exited;
    },
  };
}
