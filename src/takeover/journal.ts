/** The journal: an instance's original webhook and how far the takeover is, on disk before the vendor is asked. */

import { join } from 'node:path';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { shownText } from '../feed/shown-text.ts';
import { webhookShape } from '../feed/webhook.ts';
import { readIfThere, removeDurably, writeDurably } from '../platform/durable-file.ts';
import { holdsToken, isPrefixed, originOf } from './path-token.ts';

/**
 * How far a takeover is; an `about-to-…` is on disk before its request is sent. `renewed`: set again
 * with another url or other events. `restored`: only the journal is left to remove.
 */
const step = z.enum([
  'about-to-set',
  'set',
  'about-to-renew',
  'renewed',
  'about-to-restore',
  'restored',
]);

const journalShape = z.object({
  v: z.literal(1),
  /** Whether the instance's own webhook was replaced, or a subscription was added. */
  kind: z.enum(['takeover', 'side-by-side']).default('takeover'),
  step: step.default('set'),
  /** When `step` was reached, ISO 8601. */
  at: shownText.default(''),
  apiUrl: shownText,
  apiUrlSource: z.enum(['flag', 'environment', '.env', 'profile', 'default']),
  instanceId: shownText,
  /** Whether a read has shown an older webhook than the vendor had acknowledged. */
  staleReads: z.boolean().default(false),
  /** When a request of ours was left without an answer, ISO 8601; empty for none. */
  doubtAt: shownText.default(''),
  /** The account whose API token was used (`Client.account`). */
  account: z.string().default(''),
  /** What to restore. */
  original: webhookShape,
  /** Other webhooks that the instance had before ours: a read that lags may show them. */
  older: z.array(webhookShape).readonly().default([]),
  /** The webhook of before the takeover, where somebody else has set {@link original} meanwhile. */
  before: webhookShape.nullable().default(null),
  ours: webhookShape,
  /** The secret in our webhook url, by which the url is recognised. */
  pathToken: z.string(),
  /** Path tokens of earlier crashed listeners, whose webhook the instance may still have or get. */
  formerPathTokens: z.array(z.string()).readonly().default([]),
  /** The origins that this listener had or asked for, and those of earlier crashed listeners. */
  origins: z.array(z.string()).readonly().default([]),
  /** Side by side: our subscriptions that may exist. The id is null until the vendor has answered. */
  subscriptions: z
    .array(z.object({ id: z.string().nullable(), url: z.string() }))
    .readonly()
    .default([]),
  /** When the takeover began, ISO 8601. */
  since: shownText,
  host: shownText,
  pid: z.number().int(),
});

export type JournalEntry = z.infer<typeof journalShape>;

/** The journal of one instance; every write is on disk when it resolves. */
export interface Journal {
  read(): Promise<JournalEntry | null>;
  write(entry: JournalEntry): Promise<void>;
  remove(): Promise<void>;
}

/** Largest journal, in bytes: an instance's webhook can have 1 MiB, and the journal has two. */
const LONGEST = 4 * 1024 * 1024;

/** The path of the journal in an instance's folder. */
export function journalPath(folder: string): string {
  return join(folder, 'journal.json');
}

/** The journal in an instance's folder. `read` throws `journal_unreadable` (state). */
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

/** A journal that ends with the process, for the built-in simulator, which ends with it, too. */
export function memoryJournal(): Journal {
  let stored: JournalEntry | null = null;
  return {
    read: async () => stored,
    async write(entry) {
      stored = entry;
    },
    async remove() {
      stored = null;
    },
  };
}

/** An entry from its JSON; null for anything else. */
export function parseEntry(text: string): JournalEntry | null {
  try {
    return journalShape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function parse(text: string, path: string): JournalEntry {
  try {
    return journalShape.parse(withPresentNames(JSON.parse(text)));
  } catch (cause) {
    throw new CliError('state', 'journal_unreadable', `The journal ${path} cannot be read`, {
      hint:
        "It has the instance's webhook from before a listener replaced it. Look it up in the file, " +
        'set the webhook by hand, then delete the file.',
      cause,
    });
  }
}

/** Renames the former path tokens in a journal of an earlier version: without them, its webhook would count as foreign. */
function withPresentNames(journal: { formerTokens?: unknown }): unknown {
  const { formerTokens, ...rest } = journal;
  return formerTokens === undefined ? journal : { formerPathTokens: formerTokens, ...rest };
}

/** The parts of a journal by which a webhook url is recognised. */
export type Recognised = Pick<JournalEntry, 'ours' | 'pathToken' | 'formerPathTokens' | 'origins'>;

/**
 * Whether a webhook url is the journal's listener's, or an earlier crashed listener's: the whole url, or
 * a path token of theirs at an origin of theirs. Another machine may have the same fixed path token.
 * A token of an earlier version counts at any origin, because its journal named none.
 */
export function isOurs(
  url: string | null,
  { ours, pathToken, formerPathTokens, origins }: Recognised,
): boolean {
  if (url === null) return false;
  if (url === ours.url) return true;
  const isAtOurOrigin = origins.includes(originOf(url));
  return [pathToken, ...formerPathTokens].some(
    (token) => holdsToken(url, token) && (isAtOurOrigin || !isPrefixed(token)),
  );
}

/** Most origins that a journal names. */
const MOST_ORIGINS = 100;

/** The origins of a journal with that of another url; the oldest are forgotten. */
export function withOrigin(origins: readonly string[], url: string | null): readonly string[] {
  const origin = originOf(url);
  if (origin === '' || origins.includes(origin)) return origins;
  return [...origins, origin].slice(-MOST_ORIGINS);
}
