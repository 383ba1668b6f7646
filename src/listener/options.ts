/** What a listener is started with: options as plain data, which a worker thread can be handed, and its outside world. */

import type { NewFeedEntry, Post } from '../feed/feed.ts';
import type { Checkpoints } from '../history/checkpoints.ts';
import type { ApiAccess, ClaimOptions, Guard, GuardOptions } from '../takeover/options.ts';
import type { ForwardingOptions } from './forwarding.ts';
import type { Ingress } from './ingress.ts';
import type { StateOptions } from './instance-files.ts';
import type { LimitOptions } from './limits.ts';
import type { FeedOptions } from './ready.ts';

/** Grouped by the module that uses them: a new option is added to the type of its module, and only there. */
export interface ListenerOptions {
  readonly instance: {
    readonly id: string;
    /** The instance's folder of state. */
    readonly folder: string;
    /** The command that restores the instance by hand, for messages. */
    readonly restoreCommand: string;
  };
  readonly api: ApiAccess;
  readonly state: StateOptions;
  readonly receiver: {
    /** 0 for any free one. */
    readonly port: number;
    /** A path token of the developer's; null for a random one. */
    readonly pathToken: string | null;
  };
  /** The secret of the webhook's signatures: events are judged by it, and changed ones are signed. */
  readonly webhookSecret: string | null;
  readonly ingress: Ingress;
  readonly takeover: Omit<ClaimOptions, 'instanceId'>;
  /** A guard restores the instance when this process crashes. */
  readonly guard: boolean;
  readonly forwarding: ForwardingOptions;
  readonly feed: FeedOptions;
  readonly limits: LimitOptions;
  /** Ask the API for the messages of an outage. */
  readonly recover: boolean;
}

/** The outside world of a listener. */
export interface ListenerDeps {
  readonly now: () => number;
  readonly random: (size: number) => Buffer;
  /** Makes the checkpoints of the history at a path; without it the commits make their own. */
  readonly checkpoints?: (path: string) => Checkpoints;
  /** Starts the guard of a takeover that began then (ms since 1970); without it there is none. */
  readonly guard?: (options: GuardOptions, since: number, post: Post) => Guard;
}

/** How a listener ended. `restored`: the instance no longer points at it. */
export type Ending = Omit<Extract<NewFeedEntry, { type: 'stopped' }>, 'type'>;
