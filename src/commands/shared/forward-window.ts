/** Which waiting events are sent by themselves, as seen by a command beside the listener. */

import { isReachable } from '../../control/client.ts';
import type { History } from '../../history/history.ts';
import { type ForwardWindow, forwardWindow } from '../../history/outcome.ts';

/** The window of the listener that runs for the instance with this folder; null where none runs. `now`: ms since 1970. */
export async function forwardWindowIn(
  folder: string,
  history: Pick<History, 'forwardsAfter'>,
  now: number,
): Promise<ForwardWindow | null> {
  return (await isReachable(folder)) ? forwardWindow(history.forwardsAfter(), now) : null;
}
