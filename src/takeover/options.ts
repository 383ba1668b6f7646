/** Options of a takeover: the API, what may be replaced, and the guard. */

import type { JournalEntry } from './journal.ts';

/** The API of the instance, and the API token for it. */
export interface ApiAccess {
  readonly apiUrl: string;
  /** The source of the url; the journal has it, so that `restore` can check again whether to trust it. */
  readonly apiUrlSource: JournalEntry['apiUrlSource'];
  readonly apiToken: string;
  /** The name of the API token in messages: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  /** The environment variables `HTTPS_PROXY`, `NO_PROXY` and the like. */
  readonly proxyEnv: Readonly<Record<string, string | undefined>>;
}

/** Whether and how an instance may be held. */
export interface ClaimOptions {
  readonly instanceId: string;
  /** The events to subscribe to; null for those of the instance, else `message`. */
  readonly events: readonly string[] | null;
  readonly ignoreEvents: readonly string[];
  /** The host whose webhook may be replaced, as it was typed. */
  readonly replace: string | null;
  /** The instance's webhook is never changed. */
  readonly protectedInstance: boolean;
  /** Each event is also sent to the original. */
  readonly tee: boolean;
  /** A subscription is added, and the instance's own webhook is not touched. */
  readonly sideBySide: boolean;
  /** The file that remembers the instance's own webhook; null for the built-in simulator. */
  readonly ownWebhookPath: string | null;
}

/** What a guard needs to know of its takeover. */
export interface GuardOptions {
  readonly api: ApiAccess;
  /** The instance's folder of state. */
  readonly folder: string;
  readonly instanceId: string;
  readonly sideBySide: boolean;
}

/** The guard of a takeover, as its listener sees it. */
export interface Guard {
  /** Resolves when the guard watches. Throws `no_guard` (state) when it cannot be started. */
  armed(): Promise<void>;
  /** Whether a guard watches, as far as is known. */
  watches(): boolean;
  /** Tells the guard an entry of the journal, which it restores by if the file is gone. */
  tell(entry: JournalEntry): void;
  /** The instance is released: the guard has nothing to do any more. */
  released(): void;
  /** Ends the pipe to the guard. Without `released` before, the guard begins to restore. */
  close(): void;
}
