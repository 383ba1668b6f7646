/** The journal: what an instance's webhook was before the takeover and how far that is, on disk before it is touched. */

import { join } from 'node:path';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { webhookShape } from '../feed/webhook.ts';
import { readIfThere, removeDurably, writeDurably } from '../platform/durable-file.ts';

/**
 * How far a takeover is; every `about-to` is on disk before the vendor is asked. `renewed`: set again,
 * with another url or other events. `restored`: nothing is left to do but to remove the journal.
 */
const step = z.enum(['about-to-set', 'set', 'renewed', 'about-to-restore', 'restored']);

const journalShape = z.object({
  v: z.literal(1),
  /** Whether the instance's own webhook was replaced, or a subscription stands beside it. */
  kind: z.enum(['takeover', 'side-by-side']).default('takeover'),
  step: step.default('set'),
  /** When that step was reached, ISO 8601. */
  at: z.string().default(''),
  apiUrl: z.string(),
  apiUrlSource: z.enum(['flag', 'environment', '.env', 'profile', 'default']),
  instanceId: z.string(),
  /** Whose API token it was taken with (`Client.account`). */
  account: z.string().default(''),
  /** What to put back. */
  original: webhookShape,
  ours: webhookShape,
  /** The secret in our webhook url, by which it is recognised. */
  pathToken: z.string(),
  /** Those of listeners that died before this one, whose webhook the instance may still have, or get. */
  formerPathTokens: z.array(z.string()).readonly().default([]),
  /** Side by side: the subscriptions of ours that may exist. The id is null until the vendor told it. */
  subscriptions: z
    .array(z.object({ id: z.string().nullable(), url: z.string() }))
    .readonly()
    .default([]),
  /** When it was taken, ISO 8601. */
  since: z.string(),
  host: z.string(),
  pid: z.number().int(),
});

export type JournalEntry = z.infer<typeof journalShape>;

/** The journal of one instance; every write is on disk when it resolves. */
export interface Journal {
  read(): Promise<JournalEntry | null>;
  write(entry: JournalEntry): Promise<void>;
  remove(): Promise<void>;
}

/** What the vendor says of an instance may have 1 MiB; it is kept twice. */
const LONGEST = 4 * 1024 * 1024;

/** Where the journal of the instance with this folder lies. */
export function journalPath(folder: string): string {
  return join(folder, 'journal.json');
}

/** The journal in an instance's folder. `read` throws a state error for one that cannot be understood. */
export function fileJournal(folder: string): Journal {
  const path = journalPath(folder);
  return {
    async read() {
      const text = await readIfThere(path, LONGEST);
      return text === null ? null : parse(text, path);
    },
    write: (entry) => writeDurably(path, `${JSON.stringify(entry, null, 2)}\n`),
    remove: () => removeDurably(path),
  };
}

/** A journal that ends with the process: for an API that does the same. */
export function memoryJournal(): Journal {
  let kept: JournalEntry | null = null;
  return {
    read: async () => kept,
    async write(entry) {
      kept = entry;
    },
    async remove() {
      kept = null;
    },
  };
}

function parse(text: string, path: string): JournalEntry {
  try {
    return journalShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new CliError('state', 'journal_unreadable', `The journal ${path} cannot be read`, {
      hint:
        "It says what the instance's webhook was before a listener took it. Look it up in the file, " +
        'set the webhook by hand, and delete the file.',
      cause,
    });
  }
}

/** Whether a webhook url is that of the journal's listener, or of one that died before it. */
export function isOurs(
  url: string | null,
  { pathToken, formerPathTokens }: Pick<JournalEntry, 'pathToken' | 'formerPathTokens'>,
): boolean {
  return [pathToken, ...formerPathTokens].some((token) => holdsToken(url, token));
}

/** Whether a webhook url is the one with this path token, wherever the tunnel then led from. */
export function holdsToken(url: string | null, pathToken: string): boolean {
  return url?.endsWith(`/webhooks/whatsapp/${pathToken}`) ?? false;
}
