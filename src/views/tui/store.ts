/** Holds the state for the components: every message at once, a frame at most ten times a second and only while the terminal reads. */

import type { Effect, Message, State } from './state.ts';
import { step } from './step.ts';

/** Between two frames, in ms. */
const FRAME_MS = 100;

export interface Store {
  get(): State;
  send(message: Message): void;
  /** Shows the newest state from now on: for who draws all of it anew. */
  flush(): void;
  /** Calls `draw` when there is something new to be drawn. Returns what ends that. */
  subscribe(draw: () => void): () => void;
  close(): void;
}

/** What the store needs of the screen: whether it took everything that was drawn. */
export interface Pace {
  /** Milliseconds, of any beginning. */
  now(): number;
  isFree(): boolean;
  /** Calls `again` once it is free. */
  onFree(again: () => void): void;
}

/** Makes a store. `perform` does what is to be done outside, and may send what came of it. */
export function createStore(initial: State, perform: (effect: Effect) => void, pace: Pace): Store {
  let state = initial;
  const draws = new Set<() => void>();
  let drawnAt = Number.NEGATIVE_INFINITY;
  /** The state that was drawn last; `get` gives no other, so that one frame shows one state. */
  let shown = initial;
  let timer: NodeJS.Timeout | undefined;
  let waiting = false;

  const draw = () => {
    timer = undefined;
    if (state === shown || waiting) return;
    if (!pace.isFree()) {
      waiting = true;
      pace.onFree(() => {
        waiting = false;
        draw();
      });
      return;
    }
    drawnAt = pace.now();
    shown = state;
    for (const one of draws) one();
  };
  const soon = () => {
    if (timer !== undefined || waiting) return;
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
      shown = state;
    },
    subscribe(one) {
      draws.add(one);
      return () => draws.delete(one);
    },
    close() {
      clearTimeout(timer);
      waiting = true;
      draws.clear();
    },
  };
}
