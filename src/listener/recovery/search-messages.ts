/** Searches the API for the messages of an outage: chat by chat, within its rate limit. */

import type { Client } from '../../eazewa/client.ts';
import {
  type Chat,
  type FetchedMessage,
  type MessagePage,
  MOST_LISTED,
} from '../../eazewa/client-messages.ts';
import { CliError } from '../../errors.ts';

/** What is searched for. */
export interface Search {
  readonly client: Pick<Client, 'getChats' | 'fetchMessages'>;
  readonly instanceId: string;
  /** In ms since 1970; both ends are included. */
  readonly from: number;
  readonly to: number;
  /** False where own messages are not wanted. */
  readonly own: boolean;
  /** Waits that many ms, or until the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How far a search came, and what it may have missed; counted while the search runs. */
export interface Tally {
  /** Chats that were asked for their messages, and answered. */
  asked: number;
  /** Chats that could not be asked. */
  failed: number;
  /** Chats that were not asked, since there are too many. */
  passedOver: number;
  /** The account may have more chats than were listed. */
  moreChats: boolean;
  /** Chats that have, or may have, more messages of the outage than the API gave. */
  cutShort: number;
  /** Messages in an unknown shape. */
  unreadable: number;
}

const CHATS_AT_ONCE = 100;
const MOST_PAGES = 20;
const MOST_CHATS_ASKED = 500;
/** How many messages of a chat to ask for first: enough for most outages. */
const FEW_MESSAGES = 100;
/** After this many failures in a row the search fails: the chats are not the cause. */
const ENOUGH_FAILURES = 3;
/** How long one search waits for rate limits altogether, in ms. */
const LONGEST_WAITING = 5 * 60_000;
const SHORTEST_WAIT = 5_000;
/** The wait after a 429 that does not name one, in ms. */
const USUAL_WAIT = 60_000;

/** Errors that would hit every other chat, too. */
const FATAL: ReadonlySet<string> = new Set([
  'api_token_refused',
  'rate_limited',
  'vendor_failing',
  'vendor_unreachable',
]);

/**
 * Searches one chat after the other, the last used one first, and hands over its messages of the
 * outage, oldest first; `take` resolves to whether there is room for more. Waits after a 429, up to 5
 * minutes in all. Throws the client's error when it cannot go on, and the signal's reason.
 */
export async function searchMessages(
  search: Search,
  tally: Tally,
  take: (messages: readonly FetchedMessage[]) => Promise<boolean>,
): Promise<void> {
  const { from, to, signal } = search;
  const ask = patiently(search);
  const chats = await chatsSince(search, ask, tally);
  const failures: unknown[] = [];
  let inARow = 0;
  let looked = 0;
  for (const { id } of chats.slice(0, MOST_CHATS_ASKED)) {
    looked++;
    const found = await ofChat(search, id, ask, tally).catch((error: unknown) => {
      if (signal.aborted || isFatal(error) || ++inARow === ENOUGH_FAILURES) throw error;
      failures.push(error);
      return null;
    });
    if (found === null) continue;
    inARow = 0;
    tally.asked++;
    const within = found.filter(({ timestamp }) => {
      return timestamp * 1_000 >= from && timestamp * 1_000 <= to;
    });
    within.sort((one, other) => one.timestamp - other.timestamp);
    if (!(await take(within))) break;
  }
  if (failures.length > 0 && tally.asked === 0) throw failures[0];
  tally.failed = failures.length;
  tally.passedOver = chats.length - looked;
}

type Ask = <T>(question: () => Promise<T>) => Promise<T>;

/** Retries after a 429, until the waits add up to {@link LONGEST_WAITING}. */
function patiently({ pause, signal }: Search): Ask {
  let left = LONGEST_WAITING;
  return async (question) => {
    for (;;) {
      try {
        return await question();
      } catch (error) {
        const wait = waitFor(error);
        if (wait === null || wait > left) throw error;
        left -= wait;
        await pause(wait, signal);
        signal.throwIfAborted();
      }
    }
  };
}

/** How long to wait for a rate limit, in ms; null for any other error. */
function waitFor(error: unknown): number | null {
  if (!(error instanceof CliError) || error.code !== 'rate_limited') return null;
  const { retryAfterSeconds } = error.facts;
  const asked = typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1_000 : USUAL_WAIT;
  return Math.max(SHORTEST_WAIT, asked);
}

/**
 * The chats that were used during the outage or later, the newest first; then those of unknown use.
 * Neither the order nor the limit of the API's list is documented: reads pages until one has nothing new.
 */
async function chatsSince(
  { client, instanceId, from, signal }: Search,
  ask: Ask,
  tally: Tally,
): Promise<Chat[]> {
  const found = new Map<string, Chat>();
  tally.moreChats = true;
  for (let pages = 0, offset = 0; pages < MOST_PAGES && offset < MOST_LISTED; pages++) {
    const query = { offset, limit: CHATS_AT_ONCE };
    const page = await ask(() => client.getChats(instanceId, query, signal));
    const before = found.size;
    for (const chat of page.chats) found.set(chat.id, chat);
    offset += page.total;
    if (found.size > before) continue;
    tally.moreChats = false;
    break;
  }
  const used = ({ timestamp }: Chat) => timestamp ?? Number.NEGATIVE_INFINITY;
  return [...found.values()]
    .filter(({ timestamp }) => timestamp === null || timestamp * 1_000 >= from)
    .sort((one, other) => used(other) - used(one) || 0);
}

/** The newest messages of a chat, back to the start of the outage where the API gives that many. */
async function ofChat(
  { client, instanceId, from, own, signal }: Search,
  chatId: string,
  ask: Ask,
  tally: Tally,
): Promise<readonly FetchedMessage[]> {
  const fetch = (limit: number) =>
    ask(() => {
      const query = { chatId, limit, ...(own ? {} : { fromMe: false }) };
      return client.fetchMessages(instanceId, query, signal);
    });
  const first = await fetch(FEW_MESSAGES);
  let page = first;
  if (mayHaveMore(first, FEW_MESSAGES, from)) {
    // The wider answer may be too large: then the first messages are better than none.
    const wider = await fetch(MOST_LISTED).catch(() => first);
    signal.throwIfAborted();
    if (wider.messages.length > first.messages.length) page = wider;
    if (page === first || mayHaveMore(page, MOST_LISTED, from)) tally.cutShort++;
  }
  tally.unreadable += page.unreadable;
  return page.messages;
}

/** Whether a chat may have messages since `from` (ms) that are not on this page. */
function mayHaveMore({ total, messages }: MessagePage, limit: number, from: number): boolean {
  return total >= limit && messages.every(({ timestamp }) => timestamp * 1_000 >= from);
}

function isFatal(error: unknown): boolean {
  return !(error instanceof CliError) || FATAL.has(error.code);
}
