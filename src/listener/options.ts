/** What a listener is started with: options as plain data, which a worker thread can be handed, and its outside world. */

import type { Target } from '../delivery/target.ts';
import type { NewFeedEntry, Post } from '../feed/feed.ts';
import type { Checkpoints } from '../history/checkpoints.ts';
import type { ApiAccess, Guard } from '../takeover/options.ts';
import type { NgrokOptions } from '../tunnel/ngrok-options.ts';

/** The way by which the vendor reaches this listener. */
export type Ingress =
  | { readonly kind: 'none' }
  | { readonly kind: 'public-url'; readonly url: string }
  | ({ readonly kind: 'ngrok' } & NgrokOptions);

export interface ListenerOptions {
  readonly api: ApiAccess;
  readonly instanceId: string;
  /** The instance's folder of state. */
  readonly folder: string;
  /** False inside `listen --simulate`: its API dies with it, so there is nothing to come back for. */
  readonly keepJournal: boolean;
  /** False keeps events in memory only. */
  readonly keepHistory: boolean;
  readonly targets: readonly Target[];
  /** Headers added to what is forwarded, names and values in turn. */
  readonly headers: readonly string[];
  /** Only events of this chat are forwarded; null for all. */
  readonly only: string | null;
  /** What to subscribe to; null for what the instance has, else `message`. */
  readonly events: readonly string[] | null;
  readonly ignoreEvents: readonly string[];
  readonly receiverPort: number;
  readonly ingress: Ingress;
  /** A path token of the developer's; null for a random one. */
  readonly pathToken: string | null;
  /** The host whose webhook may be replaced, as it was typed. */
  readonly replace: string | null;
  /** The instance's webhook is never touched. */
  readonly protectedInstance: boolean;
  /** Each event also goes to the webhook that was there before. */
  readonly tee: boolean;
  /** A subscription is added beside the instance's own webhook, which is not touched. */
  readonly sideBySide: boolean;
  /** A guard puts the webhook back when this process dies. */
  readonly guard: boolean;
  /** The file that remembers the instance's own webhook; null for an instance that has none to remember. */
  readonly ownWebhookPath: string | null;
  /** The command that puts the webhook back by hand, for messages. */
  readonly restoreCommand: string;
  readonly insecure: boolean;
  /** How long an app may take to answer, in ms. */
  readonly timeoutMs: number;
  /** Bodies in the feed: none, with base64 elided, or whole. */
  readonly bodies: 'none' | 'elided' | 'full';
  /** Our own webhook url is shown whole. */
  readonly printSecret: boolean;
  /** Stop so long after it was ready, in ms; null for never. */
  readonly forMs: number | null;
  /** Stop after so many events were received; null for never. */
  readonly maxEvents: number | null;
  /** Ask the API for the messages of a time in which the tunnel was down. */
  readonly recover: boolean;
}

/** The outside world of a listener. */
export interface ListenerDeps {
  readonly now: () => number;
  readonly random: (size: number) => Buffer;
  /** Makes the checkpoints of the history at a path; without it the commits make their own. */
  readonly checkpoints?: (path: string) => Checkpoints;
  /** Starts the guard of a takeover that began then (ms since 1970); without it there is none. */
  readonly guard?: (options: ListenerOptions, since: number, post: Post) => Guard;
}

/** How a listener ended. `restored`: the instance no longer points at it. */
export type Ending = Omit<Extract<NewFeedEntry, { type: 'stopped' }>, 'type'>;
