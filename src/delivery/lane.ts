/** A lane: what one target still has to get, and whether it is up or down. */

import type { History, NewAttempt, Waiting } from '../history/history.ts';
import type { Deliverer, Outcome, RawHeaders } from './deliver.ts';
import { forwardedHeaders } from './headers.ts';

/** What lanes share. */
export interface LaneContext {
  readonly history: Pick<History, 'waiting' | 'event' | 'attempts'>;
  readonly deliverer: Deliverer;
  /** Keeps an attempt; resolves with its number when it is committed. */
  readonly keep: (attempt: NewAttempt) => Promise<number>;
  /** An attempt is over and kept. */
  readonly attempted: (attempt: NewAttempt, number: number, eventId: string) => void;
  readonly warn: (code: string, message: string) => void;
  readonly show: (url: string) => string;
  readonly now: () => number;
  /** Headers to add to each event, names and values in turn. */
  readonly headers: RawHeaders;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  /** Between two tries of a target that is down, in ms. */
  readonly retryMs: number;
  /** How long an event may wait and still be sent without being asked for, in ms. */
  readonly freshMs: number;
  /** Events up to this `seq` are not this listener's to send. */
  readonly after: number;
  /** Fires when deliveries under way are to be given up. */
  readonly giveUp: AbortSignal;
  /** An attempt was answered with 2xx, or not. */
  readonly settled: (ok: boolean) => void;
}

export interface Lane {
  kick(): void;
  /** Sends nothing more. */
  stop(): void;
  /** Resolves when nothing is under way and nothing can be sent: all done, down, or stopped. */
  idle(): Promise<void>;
}

/** Chats that are served at one time. */
const CHATS_AT_ONCE = 8;
/** Events that are looked at ahead; the others stay in history. */
const LOOK_AHEAD = 1000;

/** The lane to `target`. */
export function createLane(target: string, context: LaneContext): Lane {
  /** What waits, by chat, oldest first. Events of no chat stay in order among themselves. */
  const chats = new Map<string, Waiting[]>();
  /** Chats with something to send and nothing under way, in the order of their turn. */
  const ready: string[] = [];
  const idlers: (() => void)[] = [];
  let loaded = context.after;
  let queued = 0;
  let underWay = 0;
  let down = false;
  /** History could not be asked what waits. */
  let unread = false;
  let stopped = false;
  let retry: NodeJS.Timeout | null = null;

  /** What was received before this has waited too long. */
  const since = () => context.now() - context.freshMs;

  const load = () => {
    if (queued >= LOOK_AHEAD) return;
    for (const waiting of readWaiting()) {
      loaded = waiting.seq;
      queued++;
      const chat = waiting.chat ?? '';
      const line = chats.get(chat);
      if (line !== undefined) line.push(waiting);
      else {
        chats.set(chat, [waiting]);
        ready.push(chat);
      }
    }
  };

  const readWaiting = (): Waiting[] => {
    try {
      const found = context.history.waiting(target, loaded, since(), LOOK_AHEAD - queued);
      unread = false;
      return found;
    } catch (error) {
      unread = true;
      troubled(error);
      return [];
    }
  };

  const pump = () => {
    if (!stopped) load();
    if (!stopped && !down) {
      while (underWay < CHATS_AT_ONCE) {
        const [chat] = ready;
        if (chat === undefined) break;
        if ((chats.get(chat)?.[0]?.at ?? 0) < since()) dropTooOld();
        else {
          ready.shift();
          send(chat);
        }
      }
    }
    if (!stopped && down && underWay === 0 && retry === null && (ready.length > 0 || unread)) {
      retry = setTimeout(tryOldest, context.retryMs);
    }
    if (underWay === 0 && (stopped || down || ready.length === 0)) {
      for (const idle of idlers.splice(0)) idle();
    }
  };

  /** While a target is down the oldest event alone is tried: were it up, it would get it first. */
  const tryOldest = () => {
    retry = null;
    dropTooOld();
    const oldest = ready.reduce<string | undefined>(
      (best, chat) => (best === undefined || head(chat) < head(best) ? chat : best),
      undefined,
    );
    if (oldest === undefined || stopped) return pump();
    ready.splice(ready.indexOf(oldest), 1);
    send(oldest);
  };
  const head = (chat: string) => chats.get(chat)?.[0]?.seq ?? Number.POSITIVE_INFINITY;

  /** What waited too long stays in history, for the developer to send: a bot must not answer hours late. */
  const dropTooOld = () => {
    const oldest = since();
    let dropped = 0;
    for (const chat of ready.splice(0)) {
      const line = chats.get(chat) ?? [];
      const fresh = line.filter(({ at }) => at >= oldest);
      dropped += line.length - fresh.length;
      if (fresh.length === 0) chats.delete(chat);
      else {
        chats.set(chat, fresh);
        ready.push(chat);
      }
    }
    queued -= dropped;
    if (dropped === 0) return;
    const minutes = Math.round(context.freshMs / 60_000);
    context.warn(
      'waited_too_long',
      `${dropped} events for ${context.show(target)} waited over ${minutes} min and are not sent by themselves any more; see: eazewa-hooks events --waiting`,
    );
  };

  const send = (chat: string) => {
    const line = chats.get(chat) ?? [];
    const [next] = line;
    if (next === undefined) return;
    underWay++;
    attempt(next)
      .catch(troubled)
      .then((done) => {
        underWay--;
        if (done) {
          line.shift();
          queued--;
        }
        if (line.length > 0) ready.push(chat);
        else chats.delete(chat);
        pump();
      });
  };

  /** Whether the event is off the line: tried, or gone. */
  const attempt = async (waiting: Waiting): Promise<boolean> => {
    const event = context.history.event(waiting.seq);
    if (event === null) return true;
    const tries = context.history.attempts(event.seq).filter((past) => past.target === target);
    const at = context.now();
    const outcome = await context.deliverer.deliver({
      url: target,
      headers: forwardedHeaders(event.headers, [
        ...context.headers,
        'x-eazewa-hooks-event',
        event.id,
        'x-eazewa-hooks-attempt',
        String(tries.length + 1),
        'x-eazewa-hooks-replay',
        'false',
      ]),
      body: event.body,
      timeoutMs: context.timeoutMs,
      signal: context.giveUp,
    });
    if (outcome.kind === 'unsent') {
      if (!context.giveUp.aborted) wentDown(outcome.error);
      return false;
    }
    if (down) cameBack();
    const made = newAttempt(event.seq, target, at, outcome);
    const number = await context.keep(made);
    context.settled(isSuccess(made.status));
    context.attempted(made, number, event.id);
    return true;
  };

  /** History could not be read; the event stays where it is and is tried again as if the target were down. */
  const troubled = (error: unknown): boolean => {
    wentDown(error instanceof Error ? error.message : String(error));
    return false;
  };
  const wentDown = (error: string) => {
    if (!down) {
      context.warn(
        'target_down',
        `${context.show(target)}: ${error}. Events wait; the oldest is tried again every ${context.retryMs / 1000} s`,
      );
    }
    down = true;
  };
  const cameBack = () => {
    down = false;
    context.warn('target_up', `${context.show(target)} is back; what waited is sent in order`);
  };

  return {
    kick: pump,
    stop() {
      stopped = true;
      if (retry !== null) clearTimeout(retry);
      retry = null;
      pump();
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        pump();
      }),
  };
}

function newAttempt(
  eventSeq: number,
  target: string,
  at: number,
  outcome: Exclude<Outcome, { kind: 'unsent' }>,
): NewAttempt {
  const answered = outcome.kind === 'answered';
  return {
    eventSeq,
    target,
    replay: false,
    at,
    status: answered ? outcome.status : null,
    error: answered ? null : outcome.error,
    durationMs: Math.round(outcome.durationMs),
    responseHeaders: answered ? outcome.headers : [],
    responseBody: answered ? outcome.body : new Uint8Array(),
  };
}

/** Whether the vendor would take this status for success (VENDOR §2). */
export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
