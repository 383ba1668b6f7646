/** Starts and ends the thread that makes the checkpoints of a history. */

import { Worker } from 'node:worker_threads';

/** Checkpoints that run beside the commits. */
export interface Checkpoints {
  /** Resolves when the last one is over. */
  stop(): Promise<unknown>;
}

/** Runs the checkpoints of the history at `path` in a thread of its own, which ends with the process. */
export function startCheckpoints(path: string): Checkpoints {
  const worker = new Worker(new URL('./checkpoint-thread.js', import.meta.url), {
    workerData: path,
  });
  // Without the thread, commits run checkpoints themselves, less often: slower, and as safe.
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
