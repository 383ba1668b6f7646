/** A lane: sends one target what waits for it, and retries while the target is down. */

import { messageOf } from '../errors.ts';
import { count } from '../feed/warning.ts';
import { isDamage } from '../history/damage.ts';
import type { History, NewAttempt, StoredEvent, Waiting } from '../history/history.ts';
import { outcomeOfAttempt } from '../history/outcome.ts';
import { type AttemptContext, attemptOn } from './attempt.ts';
import { LaneQueue } from './lane-queue.ts';
import type { Turns } from './turns.ts';

/** What the lanes of a forwarder share. */
export interface LaneContext extends AttemptContext {
  /** Shared with the replays of the same history. */
  readonly turns: Turns;
  readonly history: Pick<History, 'waiting' | 'attemptCount'>;
  /** Reads an event; null for one that is gone. */
  readonly read: (seq: number) => StoredEvent | null;
  /** Stores an attempt; resolves with its number after the commit. */
  readonly store: (attempt: NewAttempt) => Promise<number>;
  /** Called when an attempt is stored. */
  readonly attempted: (attempt: NewAttempt, number: number, eventId: string) => void;
  readonly warn: (code: string, message: string, target?: string) => void;
  readonly show: (url: string) => string;
  /** The pause between two attempts to reach a target that is down, in ms. */
  readonly retryMs: number;
  /** How long an event may wait and still be sent without a person, in ms. */
  readonly freshMs: number;
  /** Events up to this `seq` are not this listener's to send. */
  readonly after: number;
  /** Called with the outcome of each attempt. */
  readonly settled: (outcome: 'delivered' | 'failed') => void;
}

/** Chats that are served at one time. */
const CHATS_AT_ONCE = 8;
/** Events that a lane has in memory; the others stay in history. */
const LOOK_AHEAD = 1000;

/**
 * The lane to `target`. While the target is `up`, events are sent; while it is `down`, the oldest one
 * is retried, since the target must get it first. A `paused` or `stopped` lane begins nothing.
 */
export class Lane {
  readonly #target: string;
  readonly #context: LaneContext;
  readonly #queue = new LaneQueue();
  /** Waiting events after this `seq` are not in the queue yet. */
  #loaded: number;
  #underWay = 0;
  #reach: 'up' | 'down' = 'up';
  #mode: 'running' | 'paused' | 'stopped' = 'running';
  /** History could not be read: there may be more to send. */
  #isUnread = false;
  #retry: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(target: string, context: LaneContext) {
    this.#target = target;
    this.#context = context;
    this.#loaded = context.after;
  }

  /** Sends what waits in history. */
  kick(): void {
    if (this.#mode === 'running') {
      this.#load();
      if (this.#reach === 'up') this.#sendAll();
      else this.#retryLater();
    }
    const isQuiet = this.#mode !== 'running' || this.#reach === 'down' || !this.#queue.isReady;
    if (this.#underWay === 0 && isQuiet) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Begins no attempt until {@link resume}; attempts under way end normally. */
  pause(): void {
    this.#leaveStale();
    this.#halt('paused');
  }

  /** Goes on in order, without what has waited too long by now; the caller warns of that. */
  resume(): void {
    if (this.#mode === 'paused') this.#mode = 'running';
    this.#queue.dropOlder(this.#since());
    this.kick();
  }

  /** Sends no event up to the seq `upTo` any more; attempts under way end normally. */
  dismiss(upTo: number): void {
    this.#loaded = Math.max(this.#loaded, upTo);
    this.#queue.dropUpTo(upTo);
    this.kick();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#halt('stopped');
  }

  /** Resolves when nothing is under way and nothing can be sent: all done, down, paused or stopped. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.kick();
    });
  }

  #halt(mode: 'paused' | 'stopped'): void {
    if (this.#mode !== 'stopped') this.#mode = mode;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.kick();
  }

  /** What was received before this has waited too long. */
  #since(): number {
    return this.#context.now() - this.#context.freshMs;
  }

  #load(): void {
    const room = LOOK_AHEAD - this.#queue.size;
    if (room <= 0) return;
    try {
      const { history } = this.#context;
      for (const waiting of history.waiting(this.#target, this.#loaded, this.#since(), room)) {
        this.#loaded = waiting.seq;
        this.#queue.add(waiting);
      }
      this.#isUnread = false;
    } catch (error) {
      this.#isUnread = true;
      this.#failed(error);
    }
  }

  #sendAll(): void {
    while (this.#underWay < CHATS_AT_ONCE) {
      const { next } = this.#queue;
      if (next === undefined) break;
      if (next.at < this.#since()) this.#leaveStale();
      else this.#send(next);
    }
  }

  #retryLater(): void {
    if (this.#underWay > 0 || this.#retry !== undefined) return;
    if (!this.#queue.isReady && !this.#isUnread) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#leaveStale();
      const { oldest } = this.#queue;
      if (oldest === undefined) this.kick();
      else this.#send(oldest);
    }, this.#context.retryMs);
  }

  /** What has waited too long stays in history, for a person to send: a bot must not answer hours late. */
  #leaveStale(): void {
    const dropped = this.#queue.dropOlder(this.#since());
    if (dropped === 0) return;
    const minutes = Math.round(this.#context.freshMs / 60_000);
    this.#warn('waited_too_long', (target) => {
      return `${count(dropped, 'event')} for ${target} waited over ${minutes} min and will not be sent unless you ask for it; see: eazewa-hooks events --waiting`;
    });
  }

  #send(waiting: Waiting): void {
    this.#queue.begin(waiting);
    this.#underWay++;
    this.#context.turns
      .take(waiting.seq, this.#target, () => this.#attempt(waiting))
      .catch((error) => this.#failed(error))
      .then((done) => {
        this.#underWay--;
        this.#queue.end(waiting, done);
        this.kick();
      });
  }

  /** Resolves with whether the target needs no attempt any more: it has had one, or the event is gone. */
  async #attempt({ seq }: Waiting): Promise<boolean> {
    const { read, history, store } = this.#context;
    // A replay had the turn before, and the lane was paused meanwhile.
    if (this.#mode === 'paused') return false;
    const event = read(seq);
    if (event === null) return true;
    const earlier = history.attemptCount(seq, this.#target);
    // A person replayed the event while it waited.
    if (earlier > 0) {
      this.#cameUp();
      return true;
    }
    const on = {
      target: this.#target,
      number: earlier + 1,
      replay: false,
      isMoreWaiting: () => this.#mode === 'running' && this.#queue.size > this.#underWay,
    };
    const made = await attemptOn(event, on, this.#context);
    if ('unsent' in made) {
      if (!this.#context.giveUp.aborted) this.#wentDown(made.unsent);
      return false;
    }
    this.#cameUp();
    const number = await store(made.attempt);
    this.#context.settled(outcomeOfAttempt(made.attempt));
    this.#context.attempted(made.attempt, number, event.id);
    return true;
  }

  /** History failed; the event stays, and is retried as if the target were down. */
  #failed(error: unknown): false {
    // The listener tells of a damaged history, and stops: the target is well.
    if (isDamage(error)) this.#reach = 'down';
    else this.#wentDown(messageOf(error));
    return false;
  }

  #wentDown(error: string): void {
    if (this.#reach === 'down') return;
    this.#reach = 'down';
    const seconds = this.#context.retryMs / 1000;
    this.#warn(
      'target_down',
      (target) => `${target}: ${error}. Events wait; the oldest is retried every ${seconds} s`,
    );
  }

  #cameUp(): void {
    if (this.#reach === 'up') return;
    this.#reach = 'up';
    this.#warn('target_up', (target) => `${target} is up again; waiting events are sent in order`);
  }

  #warn(code: string, message: (target: string) => string): void {
    const target = this.#context.show(this.#target);
    this.#context.warn(code, message(target), target);
  }
}
