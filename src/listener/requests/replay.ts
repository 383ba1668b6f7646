/** Replays inside a listener: with its targets and headers, into its history, shown in its view and to who asked. */

import type { Deliverer } from '../../delivery/deliver.ts';
import { type Target, targetsFor, withPath } from '../../delivery/target.ts';
import type { Turns } from '../../delivery/turns.ts';
import type { Webhook } from '../../eazewa/client.ts';
import type { NewFeedEntry, Post } from '../../feed/feed.ts';
import type { Bodies } from '../../history/entries.ts';
import type { History } from '../../history/history.ts';
import type { Writer } from '../../history/writer.ts';
import { replay } from '../../replay/send.ts';
import type { ForwardingOptions } from '../forwarding.ts';
import type { Replayer } from './commands.ts';

interface ReplaySettings extends Pick<ForwardingOptions, 'headers' | 'timeoutMs'> {
  /** The bodies that the listener's own view gets. */
  readonly bodies: Bodies;
}

/** What a listener lends to a replay. */
export interface Lent {
  /** The webhook that the instance had before: a target without a path gets that one's. */
  readonly original: () => Webhook;
  readonly targets: readonly Target[];
  readonly history: History;
  readonly writer: Writer;
  readonly deliverer: Deliverer;
  readonly turns: Turns;
  readonly newId: () => string;
  readonly post: Post;
  readonly now: () => number;
  readonly random: (size: number) => Uint8Array;
}

/** Makes replays for other commands. */
export function replayer(
  { headers, timeoutMs, bodies }: ReplaySettings,
  { original, targets, post: show, ...lent }: Lent,
): Replayer {
  return (request, tell, signal) => {
    const { items, to } = request;
    const named = to === null ? null : [withPath(to, original().url).url];
    return replay(items, {
      ...lent,
      headers,
      timeoutMs,
      signal,
      targetsFor: (event) => named ?? targetsFor(targets, event),
      bodies: bodies === 'none' ? request.bodies : bodies,
      post(entry) {
        show(bodies === 'none' ? withoutBody(entry) : entry);
        tell(request.bodies === 'none' ? withoutBody(entry) : entry);
      },
    });
  };
}

function withoutBody(entry: NewFeedEntry): NewFeedEntry {
  if (entry.type !== 'event') return entry;
  const { body: _, ...rest } = entry;
  return rest;
}
