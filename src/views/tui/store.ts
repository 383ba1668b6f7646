/** Holds the state: applies each message at once, draws at most ten frames a second, and none while the terminal does not read. */

import type { Effect, Message, State } from './state.ts';
import { step } from './step.ts';

/** Least time between two frames, in ms. */
const FRAME_MS = 100;

export interface Store {
  get(): State;
  send(message: Message): void;
  /** Draws the current state at once, since the terminal has a new size. */
  flush(): void;
  /** Calls `draw` when a new state is to be drawn. Returns an unsubscribe function. */
  subscribe(draw: () => void): () => void;
  close(): void;
}

/** The clock, and whether the screen has accepted everything that was drawn. */
export interface Pace {
  /** A monotonic clock in ms. */
  now(): number;
  isFree(): boolean;
  /** Calls `again` whenever the screen is free again. */
  onFree(again: () => void): void;
}

/** Creates a store. `perform` runs an effect and may send its result as a message. */
export function createStore(initial: State, perform: (effect: Effect) => void, pace: Pace): Store {
  let state = initial;
  const draws = new Set<() => void>();
  let drawnAt = Number.NEGATIVE_INFINITY;
  /** The state that was drawn last. `get` returns it, so that a frame never mixes two states. */
  let shown = initial;
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;
  let isClosed = false;

  const draw = () => {
    timer = undefined;
    if (state === shown || waiting || isClosed) return;
    if (!pace.isFree()) {
      waiting = true;
      return;
    }
    show();
  };
  const show = () => {
    drawnAt = pace.now();
    shown = state;
    for (const one of draws) one();
  };
  pace.onFree(() => {
    if (!waiting || isClosed) return;
    waiting = false;
    draw();
  });
  const soon = () => {
    if (timer !== undefined || waiting || isClosed) return;
    const early = drawnAt + FRAME_MS - pace.now();
    if (early <= 0) draw();
    else timer = setTimeout(draw, early);
  };
  return {
    get: () => shown,
    send(message) {
      const { state: after, effects } = step(state, message);
      state = after;
      for (const effect of effects) perform(effect);
      if (state !== shown) soon();
    },
    flush() {
      clearTimeout(timer);
      timer = undefined;
      if (!isClosed) show();
    },
    subscribe(one) {
      draws.add(one);
      return () => draws.delete(one);
    },
    close() {
      clearTimeout(timer);
      isClosed = true;
      draws.clear();
    },
  };
}
