/** Turns: one attempt at a time for each event and target, whoever makes it. */

/** Serializes attempts by event and target. */
export interface Turns {
  /** Runs `work` when earlier work for this event and target is over; settles as `work` does. */
  take<T>(eventSeq: number, target: string, work: () => Promise<T>): Promise<T>;
}

/** Makes turns for a forwarder and the replays of the same history. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take(eventSeq, target, work) {
      const key = `${eventSeq} ${target}`;
      const made = last.get(key)?.then(work) ?? work();
      const over = made.then(
        () => {},
        () => {},
      );
      last.set(key, over);
      void over.then(() => {
        if (last.get(key) === over) last.delete(key);
      });
      return made;
    },
  };
}
