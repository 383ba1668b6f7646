/** Holds the state for the components: every message at once, a frame at most ten times a second and only while the terminal reads. */

import type { Effect, Message, State } from './state.ts';
import { step } from './step.ts';

/** Between two frames, in ms. */
const FRAME_MS = 100;

export interface Store {
  get(): State;
  send(message: Message): void;
  /** Draws what is new at once, whatever the pace: the terminal has another size. */
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
  /** Calls `again` whenever it is free again. */
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
