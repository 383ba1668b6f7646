/** A request to replay one event or body to the listener's own targets. */

import type { RequestOf } from '../../src/control/protocol.ts';
import type { ReplayItem } from '../../src/replay/item.ts';

export function replayOf(source: ReplayItem['source']): RequestOf<'replay'> {
  const item = { source, due: 0, set: [], remove: [], fresh: false };
  return { action: 'replay', items: [item], to: null, bodies: 'none' };
}
