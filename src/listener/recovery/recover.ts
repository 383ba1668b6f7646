/** Recovery: asks the API for the messages of an outage, and stores each as the event it would have been. */

import type { Target } from '../../delivery/target.ts';
import type { Client } from '../../eazewa/client.ts';
import type { FetchedMessage } from '../../eazewa/client-messages.ts';
import { madeHeaders } from '../../eazewa/signature.ts';
import { readWebhook, type Webhook } from '../../eazewa/webhook.ts';
import type { Post } from '../../feed/feed.ts';
import { type Bodies, newEventEntry, storedFacts } from '../../history/entries.ts';
import type { History, NewEvent } from '../../history/history.ts';
import type { Writer } from '../../history/writer.ts';
import { pause } from '../../platform/pause.ts';
import type { Marker } from '../marks.ts';
import { recovered, recoveryFailed } from './notices.ts';
import { type Search, searchMessages, type Tally } from './search-messages.ts';

export interface RecoveryOptions {
  readonly client: Pick<Client, 'getChats' | 'fetchMessages'>;
  readonly instanceId: string;
  /** The secret that signs requests; null where it is not known. */
  readonly secret: string | null;
  readonly history: Pick<History, 'messagesStored'>;
  readonly writer: Pick<Writer, 'event'>;
  /** The marker of received events: a recovered event that the vendor sends after all is marked. */
  readonly marker: Marker;
  readonly newId: () => string;
  readonly now: () => number;
  /** The names of the events that the instance sends now. */
  readonly events: () => readonly string[];
  /** The listener's targets: none gets a recovered event by itself. */
  readonly targets: readonly Pick<Target, 'url'>[];
  readonly bodies: Bodies;
  readonly post: Post;
  /** Waits, in ms, or until the signal aborts. */
  readonly pause?: Search['pause'];
}

export interface Recovery {
  /**
   * Recovers the messages between two moments (ms since 1970), after earlier calls have ended, and tells
   * the feed how many. Never throws and never forwards; resolves to false when it failed. The signal
   * must abort, and the promise resolve, before the writer or the client closes.
   */
  recover(fromMs: number, toMs: number, signal: AbortSignal): Promise<boolean>;
}

/** How far our clock may be off WhatsApp's, in ms; messages carry whole seconds. */
const MARGIN_MS = 5_000;
/** How far before an outage to look for its messages in history, in ms: our clock may be behind. */
const CLOCK_BEHIND_MS = 60_000;
/** Events stored before the receiver gets its turn. */
const AT_ONCE = 50;
/** Bodies of one recovery, in bytes: a misbehaving vendor must not fill the disk. */
const MOST_BYTES = 128 * 1024 * 1024;

/** A message as the event it would have been. */
interface Made {
  readonly event: NewEvent;
  readonly webhook: Webhook;
}

/** Makes the recovery of a listener. */
export function createRecovery(options: RecoveryOptions): Recovery {
  const { history, post } = options;
  let last: Promise<unknown> = Promise.resolve();

  async function run(from: number, to: number, signal: AbortSignal): Promise<boolean> {
    const time = { from, to };
    const tally: Tally = { ...NOTHING };
    let subscribed: ReadonlySet<string> = new Set();
    const seen = new Set<string>();
    let found = 0;
    let room = MOST_BYTES;

    /** Stores the messages that history does not have; false when there is no room for more. */
    const take = async (messages: readonly FetchedMessage[]): Promise<boolean> => {
      const ids = messages.map(({ id }) => id);
      const known = history.messagesStored(ids, from - CLOCK_BEHIND_MS);
      for (let at = 0; at < messages.length; at += AT_ONCE) {
        if (room <= 0) {
          tally.cutShort++;
          break;
        }
        const made: Made[] = [];
        for (const message of messages.slice(at, at + AT_ONCE)) {
          const name = eventOf(message, subscribed);
          if (name === null || known.has(message.id) || seen.has(message.id)) continue;
          seen.add(message.id);
          const one = make(message, name, options);
          if (one === null) continue;
          made.push(one);
          room -= one.event.body.length;
        }
        found += await storeAll(made, options, signal);
        signal.throwIfAborted();
      }
      return room > 0;
    };

    try {
      signal.throwIfAborted();
      subscribed = new Set(options.events());
      if (subscribed.has('message') || subscribed.has('message_create')) {
        const search: Search = {
          client: options.client,
          instanceId: options.instanceId,
          own: subscribed.has('message_create'),
          from: from - MARGIN_MS,
          to: to + MARGIN_MS,
          pause: options.pause ?? pause,
          signal,
        };
        await searchMessages(search, tally, take);
        post(recovered(time, found, tally));
      } else post(recovered(time, null, tally));
      return true;
    } catch (error) {
      const reason = signal.aborted ? new Error('the listener is stopping') : error;
      post(recoveryFailed(time, found, reason));
      return false;
    }
  }

  return {
    recover(one, other, signal) {
      // A clock that was set back meanwhile swaps the two.
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const made = last.then(() => run(from, to, signal));
      last = made;
      return made;
    },
  };
}

const NOTHING: Tally = {
  asked: 0,
  failed: 0,
  passedOver: 0,
  moreChats: false,
  cutShort: 0,
  unreadable: 0,
};

/**
 * The name of the event that the vendor would have sent: `message` for an incoming message, else
 * `message_create`, which has incoming ones, too (VENDOR §7). Null when neither is subscribed to.
 */
function eventOf({ fromMe }: FetchedMessage, subscribed: ReadonlySet<string>): string | null {
  if (!fromMe && subscribed.has('message')) return 'message';
  return subscribed.has('message_create') ? 'message_create' : null;
}

/** Makes the event of a message; null for a message that was received meanwhile and is about to be stored. */
function make(
  { message }: FetchedMessage,
  name: string,
  { instanceId, secret, newId, now, marker, targets }: RecoveryOptions,
): Made | null {
  const body = Buffer.from(JSON.stringify({ event: name, instanceId, data: { message } }));
  const webhook = readWebhook(body);
  if ('reason' in webhook) return null;
  const id = newId();
  const marks = marker.mark(webhook, id);
  if (marks.duplicateOf !== null || marks.repeats !== null) {
    marker.forget(webhook, id);
    return null;
  }
  const made: NewEvent = {
    ...{ id, at: now(), origin: 'recovered', ...storedFacts(webhook), ...marks },
    // The headers that its request would have had, for a replay.
    headers: madeHeaders(body, secret),
    body,
    waitFor: [],
    skipped: [...new Set(targets.map(({ url }) => url))].map((url) => ({
      url,
      reason: 'recovered',
    })),
  };
  return { event: made, webhook };
}

/** Resolves with how many events are stored, when all are or the signal aborts. */
function storeAll(
  all: readonly Made[],
  { writer, marker, post, bodies }: RecoveryOptions,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    let stored = 0;
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve(stored);
    };
    if (all.length === 0 || signal.aborted) return done();
    signal.addEventListener('abort', done, { once: true });
    for (const { event, webhook } of all) {
      const cancelled = () => {
        if (signal.aborted) marker.forget(webhook, event.id);
        return signal.aborted;
      };
      writer.event(event, cancelled, () => {
        post(newEventEntry(event, webhook, bodies));
        if (++stored === all.length) done();
      });
    }
  });
}
