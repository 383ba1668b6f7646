/** What is done about a time in which nothing could come in: it is told, and where that was asked for, recovered. */

import { mayBeLost } from './notices.ts';
import { createRecovery, type RecoveryOptions } from './recovery.ts';

export interface Deaf {
  /** Nothing came in from one moment to another, ms since 1970. */
  was(from: number, to: number): void;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/** `recover`: the API is asked for the messages of such a time. */
export function afterDeafness(recover: boolean, options: RecoveryOptions): Deaf {
  const recovery = createRecovery(options);
  const leaving = new AbortController();
  let recovering = Promise.resolve();
  return {
    was(from, to) {
      options.post(mayBeLost(from, to, recover));
      if (recover) recovering = recovery.recover(from, to, leaving.signal);
    },
    stop() {
      leaving.abort();
      return recovering;
    },
  };
}
