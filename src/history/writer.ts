/** The writer: gathers what arrives in one turn of the loop into one commit, and never gives up on any of it. */

import { type History, HistoryBusyError, type NewAttempt, type NewEvent } from './history.ts';

/** Puts events and attempts into a history, in their order. */
export interface Writer {
  /**
   * Keeps an event; `kept` is called with its `seq` after the commit. It is not called for one that
   * `cancelled` says nobody waits for any more, asked before each try. How many may be on their way
   * at one time is for the caller to bound.
   */
  event(event: NewEvent, cancelled: () => boolean, kept: (seq: number) => void): void;
  /** Keeps an attempt; resolves with its `number`. Rejects only when the writer closes first. */
  attempt(attempt: NewAttempt): Promise<number>;
  /** Resolves when nothing is on its way any more: that may take as long as the trouble lasts. */
  flush(): Promise<void>;
  /** Tries what is on its way once more and drops the rest. The history stays open. */
  close(): void;
}

export interface WriterOptions {
  /** How long after a failure it is tried again, in ms (default 500). */
  readonly retryMs?: number;
  /** Told the error when something cannot be kept for the first time, and null when all is well again. */
  readonly onTrouble?: (error: Error | null) => void;
}

const RETRY_MS = 500;
const BUSY_FIRST_MS = 2;
const BUSY_LONGEST_MS = 50;
/** So many failures one by one, without a success: it is the disk, not the events. */
const ENOUGH_FAILURES = 3;

/** Something on its way. */
type Item =
  | {
      readonly event: NewEvent;
      readonly cancelled: () => boolean;
      readonly done: (seq: number) => void;
    }
  | {
      readonly attempt: NewAttempt;
      readonly done: (number: number) => void;
      readonly drop: (error: Error) => void;
    };

/** Makes a writer. It is the only one of this process to commit to `history` while it is open. */
export function createWriter(
  history: Pick<History, 'commit'>,
  options: WriterOptions = {},
): Writer {
  const { retryMs = RETRY_MS, onTrouble = () => undefined } = options;
  /** What waits for its first try, or its next one. */
  let queue: Item[] = [];
  /** What alone could not be kept while others could: it must not hold them up. */
  let aside: Item[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let busyMs = BUSY_FIRST_MS;
  let troubled = false;
  let closed = false;
  let flushed: (() => void)[] = [];

  const push = (item: Item) => {
    if (closed) return drop([item]);
    queue.push(item);
    // While a retry is due the new ones wait for it too: their order is worth more than their time.
    if (scheduled === undefined && (timer === undefined || aside.length > 0)) schedule();
  };

  const schedule = () => {
    scheduled = setImmediate(() => {
      scheduled = undefined;
      round();
    });
  };

  const retryIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      queue = [...aside, ...queue];
      aside = [];
      round();
    }, ms);
  };

  const round = () => {
    const items = queue.filter(wanted);
    queue = [];
    const { left, failed, error, busy } = keep(history, items);
    queue = [...left, ...queue];
    aside.push(...failed);
    if (busy) {
      retryIn(busyMs);
      busyMs = Math.min(busyMs * 2, BUSY_LONGEST_MS);
    } else {
      busyMs = BUSY_FIRST_MS;
      tellTrouble(error);
      // A retry that is due stays due: neither success nor failure of others puts it off.
      if (troubled && timer === undefined) retryIn(retryMs);
    }
    if (queue.length + aside.length === 0) settle();
  };

  const tellTrouble = (error: Error | null) => {
    const before = troubled;
    troubled = error !== null || aside.length > 0;
    if (troubled !== before) onTrouble(error);
  };

  const settle = () => {
    const waiting = flushed;
    flushed = [];
    for (const resolve of waiting) resolve();
  };

  return {
    event: (event, cancelled, kept) => push({ event, cancelled, done: kept }),
    attempt: (attempt) =>
      new Promise((done, drop) => {
        push({ attempt, done, drop });
      }),
    flush: () =>
      new Promise((resolve) => {
        if (queue.length + aside.length === 0) return resolve();
        flushed.push(resolve);
      }),
    close: () => {
      if (closed) return;
      closed = true;
      queue = [...aside, ...queue];
      aside = [];
      round();
      clearTimeout(timer);
      clearImmediate(scheduled);
      drop([...aside, ...queue]);
      settle();
    },
  };
}

/** What a round leaves: `left` in its order, `failed` beside it, and why. */
interface Outcome {
  readonly left: readonly Item[];
  readonly failed: readonly Item[];
  readonly error: Error | null;
  readonly busy: boolean;
}

const ALL_STORED: Outcome = { left: [], failed: [], error: null, busy: false };

/** Keeps all items in one commit, or else as many as can be kept one by one. */
function keep(history: Pick<History, 'commit'>, items: readonly Item[]): Outcome {
  if (items.length === 0) return ALL_STORED;
  const error = commit(history, items);
  if (error === null) return ALL_STORED;
  if (error instanceof HistoryBusyError)
    return { left: items, failed: [], error: null, busy: true };
  return oneByOne(history, items, error);
}

function oneByOne(history: Pick<History, 'commit'>, items: readonly Item[], first: Error): Outcome {
  const failed: Item[] = [];
  let kept = 0;
  let error = first;
  for (const [index, item] of items.entries()) {
    const trouble = items.length === 1 ? first : commit(history, [item]);
    if (trouble instanceof HistoryBusyError) {
      return { left: [...failed, ...items.slice(index)], failed: [], error: null, busy: true };
    }
    if (trouble === null) kept++;
    else {
      error = trouble;
      failed.push(item);
    }
    if (kept === 0 && failed.length === ENOUGH_FAILURES) break;
  }
  if (kept > 0) return { left: [], failed, error: failed.length > 0 ? error : null, busy: false };
  return { left: items, failed: [], error, busy: false };
}

/** One commit, and the word to each member. Gives what went wrong, with nothing kept then. */
function commit(history: Pick<History, 'commit'>, items: readonly Item[]): Error | null {
  const events: NewEvent[] = [];
  const attempts: NewAttempt[] = [];
  for (const item of items) {
    if ('event' in item) events.push(item.event);
    else attempts.push(item.attempt);
  }
  try {
    const { seqs, numbers } = history.commit({ events, attempts });
    let event = 0;
    let attempt = 0;
    for (const item of items) {
      tell(item, ('event' in item ? seqs[event++] : numbers[attempt++]) ?? 0);
    }
    return null;
  } catch (error) {
    return error as Error;
  }
}

function tell(item: Item, result: number): void {
  try {
    item.done(result);
  } catch (error) {
    // A bug of the caller: it must come out, but the other members of the batch are kept all the same.
    queueMicrotask(() => {
      throw error;
    });
  }
}

function wanted(item: Item): boolean {
  return !('event' in item) || !item.cancelled();
}

function drop(items: readonly Item[]): void {
  for (const item of items) {
    if ('attempt' in item) item.drop(new Error('the history was closed'));
  }
}
