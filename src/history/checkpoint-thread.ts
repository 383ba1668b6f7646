/** A thread that copies the write-ahead log into the history file, so that no commit waits for that. */

import { parentPort, workerData } from 'node:worker_threads';
import { openCheckpointer } from './sqlite.ts';

/** Between two checkpoints, in ms: often enough that the log stays small at full load. */
const EVERY_MS = 100;

const checkpointer = await openCheckpointer(workerData as string);
const timer = setInterval(() => checkpointer.run(), EVERY_MS);
parentPort?.once('message', () => {
  clearInterval(timer);
  checkpointer.close();
});
