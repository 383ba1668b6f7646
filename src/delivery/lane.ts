/** A lane: what one target still has to get, and whether it is up or down. */

import type { History, NewAttempt, Waiting } from '../history/history.ts';
import { isSuccess } from '../history/outcome.ts';
import { type AttemptContext, attemptOn } from './attempt.ts';
import type { Turns } from './turns.ts';

/** What lanes share. */
export interface LaneContext extends AttemptContext {
  /** Shared with the replays of the same history. */
  readonly turns: Turns;
  readonly history: Pick<History, 'waiting' | 'event' | 'attemptCount'>;
  /** Keeps an attempt; resolves with its number when it is committed. */
  readonly keep: (attempt: NewAttempt) => Promise<number>;
  /** An attempt is over and kept. */
  readonly attempted: (attempt: NewAttempt, number: number, eventId: string) => void;
  readonly warn: (code: string, message: string, target?: string) => void;
  readonly show: (url: string) => string;
  /** Between two tries of a target that is down, in ms. */
  readonly retryMs: number;
  /** How long an event may wait and still be sent without being asked for, in ms. */
  readonly freshMs: number;
  /** Events up to this `seq` are not this listener's to send. */
  readonly after: number;
  /** An attempt was answered with 2xx, or not. */
  readonly settled: (ok: boolean) => void;
}

export interface Lane {
  kick(): void;
  /** Begins no attempt until it is resumed; those under way end as they do. */
  pause(): void;
  /** Goes on in order. What waited too long by now is off the line, and nothing is said of it here. */
  resume(): void;
  /** Sends nothing more. */
  stop(): void;
  /** Resolves when nothing is under way and nothing can be sent: all done, down, paused, or stopped. */
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
  let paused = false;
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
    const halted = stopped || paused;
    if (!halted) load();
    if (!halted && !down) {
      while (underWay < CHATS_AT_ONCE) {
        const [chat] = ready;
        if (chat === undefined) break;
        if ((chats.get(chat)?.[0]?.at ?? 0) < since()) leaveTooOld();
        else {
          ready.shift();
          send(chat);
        }
      }
    }
    if (!halted && down && underWay === 0 && retry === null && (ready.length > 0 || unread)) {
      retry = setTimeout(tryOldest, context.retryMs);
    }
    if (underWay === 0 && (halted || down || ready.length === 0)) {
      for (const idle of idlers.splice(0)) idle();
    }
  };

  /** While a target is down the oldest event alone is tried: were it up, it would get it first. */
  const tryOldest = () => {
    retry = null;
    leaveTooOld();
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
  const leaveTooOld = () => {
    const dropped = dropTooOld();
    if (dropped === 0) return;
    const minutes = Math.round(context.freshMs / 60_000);
    context.warn(
      'waited_too_long',
      `${dropped} events for ${context.show(target)} waited over ${minutes} min and are not sent by themselves any more; see: eazewa-hooks events --waiting`,
      context.show(target),
    );
  };

  /** Takes them off the line; gives how many there were. */
  const dropTooOld = (): number => {
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
    return dropped;
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

  /** Whether the event is off the line: tried, by us or by hand, or gone. */
  const attempt = (waiting: Waiting): Promise<boolean> =>
    context.turns.take(waiting.seq, target, () => attemptNow(waiting));

  const attemptNow = async (waiting: Waiting): Promise<boolean> => {
    // It may have waited for the turn of a replay, and forwarding was paused meanwhile.
    if (paused) return false;
    const event = context.history.event(waiting.seq);
    if (event === null) return true;
    const earlier = context.history.attemptCount(event.seq, target);
    // A person replayed it while it waited: the target has had it.
    if (earlier > 0) {
      if (down) cameBack();
      return true;
    }
    const made = await attemptOn(event, { target, number: earlier + 1, replay: false }, context);
    if ('unsent' in made) {
      if (!context.giveUp.aborted) wentDown(made.unsent);
      return false;
    }
    if (down) cameBack();
    const number = await context.keep(made.attempt);
    context.settled(isSuccess(made.attempt.status));
    context.attempted(made.attempt, number, event.id);
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
        context.show(target),
      );
    }
    down = true;
  };
  const cameBack = () => {
    down = false;
    const shown = context.show(target);
    context.warn('target_up', `${shown} is back; what waited is sent in order`, shown);
  };

  const noRetry = () => {
    if (retry !== null) clearTimeout(retry);
    retry = null;
  };

  return {
    kick: pump,
    pause() {
      leaveTooOld();
      paused = true;
      noRetry();
      pump();
    },
    resume() {
      paused = false;
      dropTooOld();
      pump();
    },
    stop() {
      stopped = true;
      noRetry();
      pump();
    },
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        pump();
      }),
  };
}
