/** The main thread's end of the listener's worker: the feed comes out, requests go in. */

import { Worker } from 'node:worker_threads';
import type { AnswerTo, Request } from '../control/protocol.ts';
import { CliError } from '../errors.ts';
import type { FeedEntry } from '../feed/feed.ts';
import type { Take } from '../feed/outbox.ts';
import { wordsFor } from '../feed/takeover-words.ts';
import { type PlainError, revive } from '../platform/plain-error.ts';
import type { HandedOver } from '../takeover/hand-over.ts';
import type { Ending, ListenerOptions } from './options.ts';
import { type ListenerHandle, notRunning } from './run.ts';

/** Messages to the worker. `taken`: the last batch was read, the next one may come. */
export type ToWorker =
  | { readonly type: 'taken' }
  | { readonly type: 'stop' }
  | { readonly type: 'hand-over' }
  | { readonly type: 'ask'; readonly number: number; readonly request: Request };

/** Messages from the worker. */
export type FromWorker =
  | { readonly type: 'batch'; readonly entries: readonly FeedEntry[] }
  | { readonly type: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly type: 'refused'; readonly number: number; readonly error: PlainError }
  | { readonly type: 'handed-over'; readonly to: HandedOver }
  | { readonly type: 'stopped'; readonly ending: Ending }
  | { readonly type: 'failed'; readonly error: PlainError };

/** A request that waits for its answer. */
interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Runs a listener in a thread of its own. `take` gets its feed in batches, at its own pace. */
export function runListenerInWorker(options: ListenerOptions, take: Take): ListenerHandle {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: options,
    // Short-lived garbage would be half of a listener's memory after 200,000 events.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const say = (message: ToWorker) => worker.postMessage(message);
  const pending = new Map<number, Pending>();
  let number = 0;
  let isOver = false;
  let crash: unknown = null;
  let handedOver = (_: HandedOver) => {};
  const stopped = new Promise<Ending>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'batch':
          // A view that throws is a bug: first the webhook is restored, then the error is shown.
          take(message.entries)
            .catch((error: unknown) => {
              crash ??= error;
              say({ type: 'stop' });
            })
            .finally(() => say({ type: 'taken' }));
          break;
        case 'answer':
          pending.get(message.number)?.resolve(message.answer);
          pending.delete(message.number);
          break;
        case 'refused':
          pending.get(message.number)?.reject(revive(message.error));
          pending.delete(message.number);
          break;
        case 'handed-over':
          handedOver(message.to);
          break;
        case 'stopped':
          if (crash === null) resolve(message.ending);
          else reject(crash);
          break;
        case 'failed':
          reject(revive(message.error));
      }
    });
    worker.on('error', (error) => reject(crashed(options, error)));
    worker.on('exit', () => {
      isOver = true;
      for (const { reject: refuse } of pending.values()) refuse(notRunning());
      pending.clear();
      reject(crashed(options, null));
    });
  });
  const ask = (request: Request) =>
    new Promise<unknown>((resolve, reject) => {
      if (isOver) return reject(notRunning());
      pending.set(++number, { resolve, reject });
      say({ type: 'ask', number, request });
    });
  return {
    stopped,
    ask: (request) => ask(request) as Promise<AnswerTo<(typeof request)['action']>>,
    stop: () => say({ type: 'stop' }),
    handOver: () =>
      new Promise((resolve) => {
        if (isOver) return resolve('nothing');
        handedOver = resolve;
        say({ type: 'hand-over' });
      }),
  };
}

/** The thread ended, out of memory perhaps: the journal and the guard are all that is left of the takeover. */
function crashed({ instance, takeover, guard }: ListenerOptions, cause: Error | null): CliError {
  const { thing, undoing, Undo } = wordsFor(takeover);
  const next = guard
    ? `Its guard is ${undoing} the ${thing}; to do it yourself`
    : `${Undo} the ${thing} with`;
  const why = cause === null ? '' : `: ${cause.message}`;
  return new CliError(
    'notRestored',
    'listener_crashed',
    `The listener of instance ${instance.id} crashed${why}`,
    { hint: `${next}: ${instance.restoreCommand}`, cause },
  );
}
