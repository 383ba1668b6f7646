/** Bounds the sum of the bodies in memory. Only bytes that have come in count, and small bodies never wait. */

import { LARGEST_BODY } from '../eazewa/request.ts';

/** The sum of the large bodies in memory, in bytes. */
export const BODIES_IN_MEMORY = 4 * LARGEST_BODY;
/** Bytes that each connection may have in memory without taking room from the others. */
export const SMALL_BODY = 64 * 1024;

/** A connection's bytes of bodies that take no room. */
export interface Allowance {
  small: number;
}

/** The part of the room that one body uses. */
export interface Share {
  /** Whether the body waits for room: its bytes must not be read. */
  isWaiting(): boolean;
  /** Takes that many bytes. Returns false where there is no room yet; then `granted` is called later. */
  take(bytes: number, granted: () => void): boolean;
  /** The body is whole: it takes no more. */
  whole(): void;
  /** Frees all that was taken. */
  release(): void;
}

/** The memory for bodies. */
export interface Room {
  share(allowance: Allowance): Share;
}

interface Waiting {
  readonly bytes: number;
  readonly granted: () => void;
}

interface Holder {
  held: number;
  waiting: Waiting | null;
}

/** Makes a room of `total` bytes for bodies of at most `largest` bytes. */
export function createRoom(total = BODIES_IN_MEMORY, largest = LARGEST_BODY): Room {
  /** Bodies that are not whole and exceed their connection's allowance, the oldest first. */
  const growing = new Set<Holder>();
  let used = 0;

  // The others leave room for all of the oldest: half-read bodies never wait for each other.
  const fits = (holder: Holder, bytes: number) => {
    const [oldest = holder] = growing;
    if (oldest === holder) return used + bytes <= total;
    return used - oldest.held + bytes <= total - largest;
  };
  const serve = () => {
    for (const holder of growing) {
      const { waiting } = holder;
      if (waiting === null) continue;
      if (!fits(holder, waiting.bytes)) return;
      holder.waiting = null;
      add(holder, waiting.bytes);
      waiting.granted();
    }
  };
  const add = (holder: Holder, bytes: number) => {
    holder.held += bytes;
    used += bytes;
  };

  return {
    share(allowance) {
      const holder: Holder = { held: 0, waiting: null };
      let small = 0;
      return {
        isWaiting: () => holder.waiting !== null,
        take(bytes, granted) {
          const free = Math.min(bytes, SMALL_BODY - allowance.small);
          allowance.small += free;
          small += free;
          if (free === bytes) return true;
          growing.add(holder);
          const rest = bytes - free;
          if (fits(holder, rest)) {
            add(holder, rest);
            return true;
          }
          holder.waiting = { bytes: rest, granted };
          return false;
        },
        whole() {
          if (growing.delete(holder)) serve();
        },
        release() {
          allowance.small -= small;
          small = 0;
          used -= holder.held;
          holder.waiting = null;
          if (growing.delete(holder) || holder.held > 0) serve();
          holder.held = 0;
        },
      };
    },
  };
}
