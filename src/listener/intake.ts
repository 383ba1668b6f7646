/** The intake: makes an event of a webhook request, stores it, and passes it on to feed, forwarder and tee. */

import { createRouter, type Target } from '../delivery/target.ts';
import { signatureOf } from '../eazewa/signature.ts';
import type { Post } from '../feed/feed.ts';
import { type Bodies, newEventEntry, storedFacts } from '../history/entries.ts';
import type { NewEvent } from '../history/history.ts';
import type { Writer } from '../history/writer.ts';
import type { Received } from '../receiver/receiver.ts';
import type { Marker } from './marks.ts';

export interface IntakeOptions {
  readonly writer: Pick<Writer, 'event'>;
  readonly marker: Marker;
  readonly newId: () => string;
  readonly now: () => number;
  readonly targets: readonly Target[];
  /** The secret that signs requests; null where it is not known. */
  readonly secret: string | null;
  /** Only events of this chat are forwarded; null for all. */
  readonly only: string | null;
  /** Whether an event of this name is to be forwarded. */
  readonly isForApp: (event: string) => boolean;
  readonly bodies: Bodies;
  readonly post: Post;
  /** Called when an event is stored and its request answered. */
  readonly stored: (event: NewEvent) => void;
}

/** Stores an admitted request. Calls `done` after the commit; `givenUp` says that its client is gone. */
export type Store = (received: Received, done: () => void, givenUp: () => boolean) => void;

/** An intake. The answer goes out as soon as the event is committed; everything else comes after it. */
export function createIntake(options: IntakeOptions): Store {
  const { writer, marker, newId, now, targets, secret, only, isForApp, post } = options;
  const route = createRouter(targets, { only, isWanted: isForApp });
  return (request, done, givenUp) => {
    const { webhook, headers, body } = request;
    const id = newId();
    const event: NewEvent = {
      id,
      at: now(),
      origin: 'live',
      ...storedFacts(webhook),
      ...marker.mark(webhook, id, request),
      ...(secret !== null && { signature: signatureOf(headers, body, secret) }),
      headers,
      body,
      ...route(webhook),
    };
    const cancelled = () => {
      const gone = givenUp();
      if (gone) marker.forget(webhook, id, request);
      return gone;
    };
    writer.event(event, cancelled, () => {
      done();
      post(newEventEntry(event, webhook, options.bodies));
      options.stored(event);
    });
  };
}
