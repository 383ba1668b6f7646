/** Turns: of one event, one attempt at a time on one target, whoever makes it. */

/** Whose turn it is. */
export interface Turns {
  /** Does `work` when what was begun before for this event and target is over; gives what it gives. */
  take<T>(eventSeq: number, target: string, work: () => Promise<T>): Promise<T>;
}

/** Turns that nobody has yet. A forwarder and the replays beside it share them. */
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
