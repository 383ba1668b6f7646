/** Replays in a running listener: with its targets, headers and history, shown in its view and reported to the client. */

import type { AnswerTo, RequestOf } from '../../control/protocol.ts';
import type { Deliverer } from '../../delivery/deliver.ts';
import { type Target, targetsFor, withPath } from '../../delivery/target.ts';
import type { Turns } from '../../delivery/turns.ts';
import type { Webhook } from '../../eazewa/client.ts';
import type { NewFeedEntry, Post } from '../../feed/feed.ts';
import type { Bodies } from '../../history/entries.ts';
import type { History } from '../../history/history.ts';
import type { ForwardWindow } from '../../history/outcome.ts';
import type { Writer } from '../../history/writer.ts';
import { replay } from '../../replay/send.ts';
import { type ForwardingOptions, pathSource } from '../forwarding.ts';

interface ReplaySettings extends Pick<ForwardingOptions, 'headers' | 'timeoutMs'> {
  /** The bodies that the listener's own view gets. */
  readonly bodies: Bodies;
  /** The secret that signs what a request without one replays; null where it is not known. */
  readonly secret: string | null;
}

/** The parts of a listener that a replay uses. */
export interface Lent {
  /** The instance's own webhook: a target without a path gets the path of its url. */
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
  /** The events that the listener forwards by itself at this moment. */
  readonly window: () => ForwardWindow;
}

/** Makes a replay. `post` gets the entries with the bodies that the request asks for. */
export type Replayer = (
  request: RequestOf<'replay'>,
  post: Post,
  signal: AbortSignal,
) => Promise<AnswerTo<'replay'>>;

/** Makes the replays of a listener. They throw what {@link replay} throws. */
export function replayer(
  { headers, timeoutMs, bodies, secret }: ReplaySettings,
  { original, targets, post: show, ...lent }: Lent,
): Replayer {
  return async (request, tell, signal) => {
    const { items, to, evenWithoutTarget } = request;
    const named = to === null ? null : [withPath(to, pathSource(original())).url];
    return replay(items, {
      ...lent,
      headers,
      timeoutMs,
      secret: request.secret ?? secret,
      evenWithoutTarget,
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
