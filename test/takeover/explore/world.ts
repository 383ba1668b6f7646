/** A simulated world: time, chance, and processes that can be killed at any moment. */

import type { Clock } from '../../../src/platform/clock.ts';

/** Chance that a seed decides. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number;
  /** True this often. */
  happens(share: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

/** The same seed gives the same chances. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (share) => next() < share,
    pick<T>(choices: readonly T[]): T {
      return choices[Math.floor(next() * choices.length)] as T;
    },
  };
}

/** Where a process is killed: at its n-th step, before or after the step has its effect. */
export interface Death {
  readonly step: number;
  readonly isAfter: boolean;
}

/** A process. What it waits for never comes once it has ended. */
export interface Process {
  readonly name: string;
  readonly clock: Clock;
  isAlive(): boolean;
  /** Does `work` after `ms`: a step at which the process may be killed. */
  step<T>(ms: number, work: () => T | PromiseLike<T>): Promise<T>;
  /** Calls `then` unless the process has ended by then. */
  later(ms: number, then: () => void): () => void;
  /** kill -9. */
  kill(): void;
  /** Ends by itself. */
  exit(): void;
  onEnd(then: () => void): void;
}

/** When simulated time begins, in ms since 1970. */
const EPOCH = Date.UTC(2026, 10, 23, 9);

interface Due {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

export class World {
  readonly chance: Chance;
  readonly trace: string[] = [];
  /** Simulated time in ms. */
  now = 0;
  /** How many lines a trace has. */
  actions = 0;
  readonly #isTraced: boolean;
  #due: Due[] = [];
  #order = 0;

  constructor(chance: Chance, isTraced: boolean) {
    this.chance = chance;
    this.#isTraced = isTraced;
  }

  /** The time of day, in ms since 1970. */
  wall(): number {
    return EPOCH + Math.floor(this.now);
  }

  /** Adds a line to the trace. */
  tell(who: string, what: () => string): void {
    this.actions++;
    if (!this.#isTraced) return;
    const time = (this.now / 1000).toFixed(3).padStart(9);
    this.trace.push(`${time} s  ${who.padEnd(10)} ${what()}`);
  }

  /** Does `work` after `ms`; the returned function cancels it. */
  after(ms: number, work: () => void): () => void {
    const due = { at: this.now + Math.max(0, ms), order: this.#order++, work };
    // Few things wait at a time; the latest come last.
    let index = this.#due.length;
    while (index > 0 && (this.#due[index - 1] as Due).at > due.at) index--;
    this.#due.splice(index, 0, due);
    return () => {
      const found = this.#due.indexOf(due);
      if (found >= 0) this.#due.splice(found, 1);
    };
  }

  /** Lets time pass until nothing waits any more. False when that is not so after `ms`. */
  async run(ms: number): Promise<boolean> {
    for (;;) {
      // All that can go on without time passing goes on first.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#due.shift();
      if (next === undefined) return true;
      if (next.at > ms) return false;
      this.now = next.at;
      next.work();
    }
  }

  process(name: string, death: Death | null = null): Process {
    let isAlive = true;
    let steps = 0;
    const ends: (() => void)[] = [];
    const end = () => {
      if (!isAlive) return;
      isAlive = false;
      for (const then of ends.splice(0)) then();
    };
    const later = (ms: number, then: () => void) => this.after(ms, () => isAlive && then());
    const process: Process = {
      name,
      isAlive: () => isAlive,
      later,
      step: (ms, work) =>
        new Promise((resolve, reject) => {
          const mine = ++steps;
          later(ms, () => {
            if (mine === death?.step && !death.isAfter) return process.kill();
            try {
              const done = work();
              if (mine === death?.step) return process.kill();
              resolve(done);
            } catch (error) {
              reject(error);
            }
          });
        }),
      kill: () => {
        if (isAlive) this.tell(name, () => 'is killed');
        end();
      },
      exit: end,
      onEnd: (then) => ends.push(then),
      clock: {
        monotonic: () => this.now,
        pause: (ms, signal) =>
          new Promise((resolve) => {
            if (signal?.aborted) return resolve();
            const done = () => {
              signal?.removeEventListener('abort', ended);
              resolve();
            };
            const cancel = later(ms, done);
            const ended = () => {
              cancel();
              if (isAlive) resolve();
            };
            signal?.addEventListener('abort', ended, { once: true });
          }),
        timeout: (ms) => {
          const stop = new AbortController();
          later(ms, () => stop.abort(new DOMException('The time is over', 'TimeoutError')));
          return stop.signal;
        },
      },
    };
    return process;
  }
}
