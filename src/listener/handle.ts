/** The main thread's end of the listener's worker: one typed port, the feed out, actions in. */

import { Worker } from 'node:worker_threads';
import type { AnswerTo, Request } from '../control/protocol.ts';
import { CliError } from '../errors.ts';
import type { FeedEntry } from '../feed/feed.ts';
import type { Take } from '../feed/outbox.ts';
import { wordsFor } from '../feed/takeover-words.ts';
import { type PlainError, revive } from '../platform/plain-error.ts';
import type { Ending, ListenerOptions } from './options.ts';
import { type ListenerHandle, notRunning } from './run.ts';

/** What the main thread says. `taken`: the last batch was read, the next may come. */
export type ToWorker =
  | { readonly type: 'taken' }
  | { readonly type: 'stop' }
  | { readonly type: 'ask'; readonly number: number; readonly request: Request };

/** What the worker says. */
export type FromWorker =
  | { readonly type: 'batch'; readonly entries: readonly FeedEntry[] }
  | { readonly type: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly type: 'refused'; readonly number: number; readonly error: PlainError }
  | { readonly type: 'stopped'; readonly outcome: Ending }
  | { readonly type: 'failed'; readonly error: PlainError };

interface PromiseWithResolvers {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Runs a listener in a thread of its own. */
export function runListenerInWorker(options: ListenerOptions, take: Take): ListenerHandle {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: options,
    // Half of what a listener holds after 200,000 events is garbage of short lives.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  const say = (message: ToWorker) => worker.postMessage(message);
  const asked = new Map<number, PromiseWithResolvers>();
  let number = 0;
  let isOver = false;
  let crash: unknown = null;
  const stopped = new Promise<Ending>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      switch (message.type) {
        case 'batch':
          // A view that breaks is a bug of ours: first the webhook is put back, then it is told.
          take(message.entries)
            .catch((error: unknown) => {
              crash ??= error;
              say({ type: 'stop' });
            })
            .finally(() => say({ type: 'taken' }));
          break;
        case 'answer':
          asked.get(message.number)?.resolve(message.answer);
          asked.delete(message.number);
          break;
        case 'refused':
          asked.get(message.number)?.reject(revive(message.error));
          asked.delete(message.number);
          break;
        case 'stopped':
          if (crash === null) resolve(message.outcome);
          else reject(crash);
          break;
        case 'failed':
          reject(revive(message.error));
      }
    });
    worker.on('error', (error) => reject(crashed(options, error)));
    worker.on('exit', () => {
      isOver = true;
      for (const { reject: refuse } of asked.values()) refuse(notRunning());
      asked.clear();
      reject(crashed(options, null));
    });
  });
  const ask = (request: Request) =>
    new Promise<unknown>((resolve, reject) => {
      if (isOver) return reject(notRunning());
      asked.set(++number, { resolve, reject });
      say({ type: 'ask', number, request });
    });
  return {
    stopped,
    ask: (request) => ask(request) as Promise<AnswerTo<(typeof request)['action']>>,
    stop: () => say({ type: 'stop' }),
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
