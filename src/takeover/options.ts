/** What a takeover is told: the API, what may be taken, and the guard that watches over it. */

import type { JournalEntry } from './journal.ts';

/** The API that the instance lives behind, and what opens it. */
export interface ApiAccess {
  readonly apiUrl: string;
  /** Who named the url: it is kept in the journal, so that `restore` can judge it again. */
  readonly apiUrlSource: JournalEntry['apiUrlSource'];
  readonly apiToken: string;
  /** What the person knows the API token by: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  /** `HTTPS_PROXY`, `NO_PROXY` and their like. */
  readonly proxyEnv: Readonly<Record<string, string | undefined>>;
}

/** Whether and how an instance may be taken. */
export interface ClaimOptions {
  readonly instanceId: string;
  /** What to subscribe to; null for what the instance has, else `message`. */
  readonly events: readonly string[] | null;
  readonly ignoreEvents: readonly string[];
  /** The host whose webhook may be replaced, as it was typed. */
  readonly replace: string | null;
  /** The instance's webhook is never touched. */
  readonly protectedInstance: boolean;
  /** Each event also goes to the original. */
  readonly tee: boolean;
  /** A subscription is added beside the instance's own webhook, which is not touched. */
  readonly sideBySide: boolean;
  /** The file that remembers the instance's own webhook; null for an instance that has none to remember. */
  readonly ownWebhookPath: string | null;
}

/** What a guard has to know of the takeover that it watches. */
export interface GuardOptions {
  readonly api: ApiAccess;
  /** The instance's folder of state. */
  readonly folder: string;
  readonly instanceId: string;
  readonly sideBySide: boolean;
}

/** The guard of a takeover. */
export interface Guard {
  /** Resolves when it watches. Throws `no_guard` (state) when it cannot be started. */
  armed(): Promise<void>;
  /** Whether there is one, as far as is known. */
  watches(): boolean;
  /** The webhook is settled: it has nothing to do any more. */
  released(): void;
  /** Leaves it alone: without `released` before, it begins its work now. */
  close(): void;
}
