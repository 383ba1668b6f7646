/** Tells which waiting events the running listener will still send, for a command beside it. */

import { isReachable } from '../../control/client.ts';
import type { History } from '../../history/history.ts';
import { type ForwardWindow, forwardWindow } from '../../history/outcome.ts';

/** The window of the listener of the instance with this folder; null where none runs. `now` is in ms since 1970. */
export async function forwardWindowIn(
  folder: string,
  history: Pick<History, 'forwardsAfter'>,
  now: number,
): Promise<ForwardWindow | null> {
  return (await isReachable(folder)) ? forwardWindow(history.forwardsAfter(), now) : null;
}
