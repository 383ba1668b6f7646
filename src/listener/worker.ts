/** The worker's end: the thread of a listener, so that it receives while the main thread draws or waits for the terminal. */

import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { startCheckpoints } from '../history/checkpoints.ts';
import { plain } from '../platform/plain-error.ts';
import { startGuard } from '../takeover/guard/start.ts';
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
    { now: Date.now, random: randomBytes, checkpoints: startCheckpoints, guard: startGuard },
  );
  port.on('message', (message: ToWorker) => {
    if (message.type === 'taken') taken();
    else if (message.type === 'stop') listener.stop();
    else if (message.type === 'hand-over')
      listener.handOver().then((to) => say({ type: 'handed-over', to }));
    else {
      const { number, request } = message;
      listener.ask(request).then(
        (answer) => say({ type: 'answer', number, answer }),
        (error: unknown) => say({ type: 'refused', number, error: plain(error) }),
      );
    }
  });
  // A bug must not leave the webhook pointing at a crashed listener: restore it, then report the bug.
  let crash: unknown = null;
  process.on('uncaughtException', (error) => {
    crash ??= error;
    listener.stop();
  });
  try {
    const ending = await listener.stopped;
    if (crash !== null) throw crash;
    say({ type: 'stopped', ending });
  } catch (error) {
    say({ type: 'failed', error: plain(error) });
  }
  port.close();
}

if (parentPort !== null) await serve(parentPort, workerData as ListenerOptions);
