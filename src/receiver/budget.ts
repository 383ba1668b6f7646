/** A bound on the sum of bodies in memory: who asks for bytes waits until there is room for all of them. */

/** Bytes that may be held at one time, handed out in the order they were asked for. */
export interface Budget {
  /** Calls `granted` at once or later; give the bytes back with `release`. Returns how to give up waiting. */
  reserve(bytes: number, granted: () => void): () => void;
  release(bytes: number): void;
}

/**
 * A budget of `total` bytes. All of a body is reserved before its first byte is read: were it
 * reserved piece by piece, half-read bodies could hold everything and wait for each other for ever.
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
