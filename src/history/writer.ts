/** The writer: commits what arrives in one turn of the event loop together, and retries until it is stored. */

import { type History, HistoryBusyError, type NewAttempt, type NewEvent } from './history.ts';

/** Stores events and attempts in a history, in their order. */
export interface Writer {
  /**
   * Stores an event; `stored` is called with its `seq` after the commit. Before each commit `cancelled`
   * may say that nobody waits for the event any more. The caller bounds how many are pending.
   */
  event(event: NewEvent, cancelled: () => boolean, stored: (seq: number) => void): void;
  /** Stores an attempt; resolves with its `number`. Rejects only when the writer closes first. */
  attempt(attempt: NewAttempt): Promise<number>;
  /** Resolves when nothing is pending: while history cannot be written, only after it can again. */
  flush(): Promise<void>;
  /** Commits what is pending once more and drops what fails. The history stays open. */
  close(): void;
}

export interface WriterOptions {
  /** The pause before a retry, in ms (default 500). */
  readonly retryMs?: number;
  /** Called with the error when history cannot be written, and with null when it can again. */
  readonly onTrouble?: (error: Error | null) => void;
}

const RETRY_MS = 500;
const BUSY_FIRST_MS = 2;
const BUSY_LONGEST_MS = 50;
/** After this many failures one by one without a success, the disk is to blame and not the events. */
const ENOUGH_FAILURES = 3;

/** A pending event or attempt. */
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

/** Makes a writer: the only one of this process that commits to `history`. */
export function createWriter(
  history: Pick<History, 'commit'>,
  options: WriterOptions = {},
): Writer {
  const { retryMs = RETRY_MS, onTrouble = () => undefined } = options;
  /** Items of the next commit. */
  let queue: Item[] = [];
  /** Items that failed one by one while others were stored: they must not hold up the others. */
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
    // While a retry is due, new items wait for it too: order matters more than time.
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
    const { left, failed, error, busy } = storeAll(history, items);
    queue = [...left, ...queue];
    aside.push(...failed);
    if (busy) {
      retryIn(busyMs);
      busyMs = Math.min(busyMs * 2, BUSY_LONGEST_MS);
    } else {
      busyMs = BUSY_FIRST_MS;
      tellTrouble(error);
      // Neither success nor failure of other items puts off a retry that is due.
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
    event: (event, cancelled, stored) => push({ event, cancelled, done: stored }),
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

/** What a round did not store: `left` keeps its order, `failed` is set aside, `error` says why. */
interface Round {
  readonly left: readonly Item[];
  readonly failed: readonly Item[];
  readonly error: Error | null;
  readonly busy: boolean;
}

const ALL_STORED: Round = { left: [], failed: [], error: null, busy: false };

/** Stores all items in one commit, or else as many as possible one by one. */
function storeAll(history: Pick<History, 'commit'>, items: readonly Item[]): Round {
  if (items.length === 0) return ALL_STORED;
  const error = commit(history, items);
  if (error === null) return ALL_STORED;
  if (error instanceof HistoryBusyError)
    return { left: items, failed: [], error: null, busy: true };
  return oneByOne(history, items, error);
}

function oneByOne(history: Pick<History, 'commit'>, items: readonly Item[], first: Error): Round {
  const failed: Item[] = [];
  let stored = 0;
  let error = first;
  for (const [index, item] of items.entries()) {
    const trouble = items.length === 1 ? first : commit(history, [item]);
    if (trouble instanceof HistoryBusyError) {
      return { left: [...failed, ...items.slice(index)], failed: [], error: null, busy: true };
    }
    if (trouble === null) stored++;
    else {
      error = trouble;
      failed.push(item);
    }
    if (stored === 0 && failed.length === ENOUGH_FAILURES) break;
  }
  if (stored > 0) return { left: [], failed, error: failed.length > 0 ? error : null, busy: false };
  return { left: items, failed: [], error, busy: false };
}

/** Commits items and tells each its result. Returns the error when nothing was stored. */
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
    // A bug of the caller must surface, but the other items of the batch are stored all the same.
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
