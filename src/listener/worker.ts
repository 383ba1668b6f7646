/** The listener's thread: it goes on receiving while the main thread draws on a terminal, or waits for one. */

import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { CliError } from '../errors.ts';
import { startCheckpoints } from '../history/checkpoints.ts';
import type { FromWorker, ToWorker } from './handle.ts';
import type { ListenerOptions } from './options.ts';
import { runListener } from './run.ts';

/** Runs the listener of `options` for the thread at the other end of `port`. */
async function serve(port: MessagePort, options: ListenerOptions): Promise<void> {
  const say = (message: FromWorker) => port.postMessage(message);
  let taken = () => {};
  const listener = runListener(
    options,
    (entries) => {
      say({ type: 'batch', entries });
      return new Promise((resolve) => {
        taken = resolve;
      });
    },
    { now: Date.now, random: randomBytes, checkpoints: startCheckpoints },
  );
  port.on('message', (message: ToWorker) => {
    if (message.type === 'taken') taken();
    else listener.stop();
  });
  // A bug must not leave the webhook pointing at a listener that is gone: put it back, then say so.
  let crash: unknown = null;
  process.on('uncaughtException', (error) => {
    crash ??= error;
    listener.stop();
  });
  try {
    const outcome = await listener.stopped;
    if (crash !== null) throw crash;
    say({ type: 'stopped', outcome });
  } catch (error) {
    say({ type: 'failed', error: plain(error) });
  }
  port.close();
}

/** An error as data: a port keeps neither its class nor its own fields. */
function plain(error: unknown): Extract<FromWorker, { type: 'failed' }>['error'] {
  if (error instanceof CliError) {
    const { exit, code, message, hint, facts } = error;
    return { exit, code, message, hint, facts, stack: error.stack };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack };
}

if (parentPort !== null) await serve(parentPort, workerData as ListenerOptions);
