/** Bounds the sum of the bodies in memory: a body is read when there is room for all of it. */

/** Bytes that may be reserved at one time, granted in the order of the requests. */
export interface Budget {
  /** Calls `granted` at once or later. Returns a function that gives up the wait. */
  reserve(bytes: number, granted: () => void): () => void;
  /** Frees bytes that were granted. */
  release(bytes: number): void;
}

/**
 * A budget of `total` bytes. A body is reserved whole before its first byte is read: reserved piece by
 * piece, half-read bodies could use up the budget and wait for each other for ever.
 */
export function createBudget(total: number): Budget {
  let free = total;
  let queue: { bytes: number; granted: () => void }[] = [];
  const serve = () => {
    for (let next = queue[0]; next !== undefined && next.bytes <= free; next = queue[0]) {
      queue.shift();
      free -= next.bytes;
      next.granted();
    }
  };
  return {
    reserve(bytes, granted) {
      const entry = { bytes, granted };
      if (queue.length === 0 && bytes <= free) {
        free -= bytes;
        granted();
        return () => {};
      }
      queue.push(entry);
      serve();
      return () => {
        queue = queue.filter((other) => other !== entry);
        serve();
      };
    },
    release(bytes) {
      free += bytes;
      serve();
    },
  };
}
