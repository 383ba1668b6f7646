/** A client for the parts of the vendor's API that we need: instances, webhooks, states, messages (VENDOR §8). */

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import {
  contradicts,
  errorOf,
  jsonOf,
  type RequestFacts,
  unexpected,
  unreachable,
} from './client-errors.ts';
import {
  type Answer,
  type ApiRequest,
  dispatcherFor,
  exchange,
  proxyFor,
} from './client-exchange.ts';
import {
  type ChatPage,
  type ChatQuery,
  chatsAnswer,
  type MessagePage,
  type MessageQuery,
  messagesAnswer,
} from './client-messages.ts';

/** An instance's webhook. */
export interface Webhook {
  readonly url: string | null;
  readonly events: readonly string[];
}

/** A further url for an instance's events, and which of them. */
export interface Subscription {
  readonly url: string;
  readonly events: readonly string[];
}

export interface Instance {
  /** The vendor sends integers or strings; we use strings. */
  readonly id: string;
  readonly name: string | null;
  readonly webhook: Webhook;
}

/** The state of the instance's WhatsApp client. */
export interface ClientStatus {
  /** `booting`, `qr`, `ready` … (VENDOR §6), or null where the vendor does not say. */
  readonly state: string | null;
  readonly name: string | null;
  readonly webhook: Webhook;
}

export interface ClientOptions {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly apiToken: string;
  /** The name of the API token in messages: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  /** Has `HTTPS_PROXY` and `NO_PROXY`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Timeout of one attempt, in ms. */
  readonly timeoutMs?: number;
  /** Pauses between attempts, in ms; may end early when the signal aborts. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  readonly now?: () => number;
  /** Sends one request; default {@link exchange}, over the network. */
  readonly send?: typeof exchange;
}

/**
 * Every call retries transient failures up to twice (5xx, network, a 429 with at most 5 s to wait)
 * and throws a `CliError`: `api_token_refused`, `no_such_instance`, `vendor_refused`, `rate_limited`,
 * `vendor_failing`, `vendor_error`, `vendor_redirect`, `vendor_unexpected`, `vendor_unreachable`,
 * and `vendor_contradicts` for an answer about another instance or subscription than the request's.
 * On abort a call throws the signal's reason.
 */
export interface Client {
  /** A hash of the API token: tells accounts apart without revealing the token. */
  readonly account: string;
  getInstance(id: string, signal?: AbortSignal): Promise<Instance>;
  listInstances(signal?: AbortSignal): Promise<Instance[]>;
  /** Sets url and events. {@link getInstance} tells what the vendor stored. */
  updateWebhook(
    id: string,
    webhook: Webhook,
    signal?: AbortSignal,
    failed?: AttemptFailed,
  ): Promise<void>;
  /** The same without retries: another webhook may be set between two attempts. */
  updateWebhookOnce(id: string, webhook: Webhook, signal?: AbortSignal): Promise<void>;
  /**
   * Adds a url for events beside the instance's own webhook; resolves to the subscription's id. A url
   * with a subscription keeps it, perhaps with other events (VENDOR §8), so retries are harmless. The
   * optional `source` is left out: the vendor then assumes a direct client of its API.
   */
  addSubscription(
    id: string,
    to: Subscription,
    signal?: AbortSignal,
    failed?: AttemptFailed,
  ): Promise<string>;
  /** Removes a subscription. False where the id or the instance does not exist (VENDOR §8: 404). */
  removeSubscription(id: string, subscriptionId: string, signal?: AbortSignal): Promise<boolean>;
  clientStatus(id: string, signal?: AbortSignal): Promise<ClientStatus>;
  /** A page of the instance's chats (`get-chats`). Slower than other calls, up to 16 MiB. */
  getChats(id: string, query: ChatQuery, signal?: AbortSignal): Promise<ChatPage>;
  /** The newest messages of a chat without media (`fetch-messages`), with the same limits. */
  fetchMessages(id: string, query: MessageQuery, signal?: AbortSignal): Promise<MessagePage>;
  /** Waits for running requests, then closes the connections. */
  close(): Promise<void>;
}

/** Told of each failed attempt that is retried, and awaited before the next one. */
export type AttemptFailed = (error: CliError) => unknown;

/** Pauses before the second and the third attempt, in ms. */
const BACK_OFF: readonly number[] = [200, 1_000];
/** A longer `Retry-After` is left to the caller, in ms. */
const LONGEST_RETRY_AFTER = 5_000;

/** Larger than any answer about instances, in bytes. A larger page of HTML is no answer of the API. */
const MOST_BYTES = 1024 * 1024;
/** Room for a thousand messages with their thumbnails, in bytes. */
const MOST_BYTES_OF_LIST = 16 * 1024 * 1024;
/** WhatsApp's client searches its own data, and may have to ask the phone. */
const LIST_TIMES_LONGER = 3;

const id = z.union([z.string(), z.number()]).transform(String);
const text = z.string().nullable().catch(null);
// An empty url means none. The vendor refuses an empty url in an update.
const url = z
  .string()
  .nullable()
  .transform((value) => value || null);
const events = z
  .array(z.string())
  .nullish()
  .transform((names) => names ?? []);

// `webhook_url` is required: reading a missing one as "none" would lose the user's webhook.
const instance = z.object({ id, name: text, webhook_url: url, webhook_events: events }).transform(
  (it): Instance => ({
    id: it.id,
    name: it.name,
    webhook: { url: it.webhook_url, events: it.webhook_events },
  }),
);
const instanceAnswer = z.object({ instance });
// The id goes into the path of a DELETE, where `..` would mean the instance itself.
const SUBSCRIPTION_ID = /^[\w-]{1,100}$/;
const subscriptionAnswer = z.object({
  data: z.object({ id: id.pipe(z.string().regex(SUBSCRIPTION_ID)), url: text.optional() }),
});
const listAnswer = z.object({ instances: z.array(instance) });
const status = z
  .object({ instanceStatus: text, name: text, instanceWebhook: text, instanceEvents: events })
  .transform(
    (it): ClientStatus => ({
      state: it.instanceStatus,
      name: it.name,
      webhook: { url: it.instanceWebhook || null, events: it.instanceEvents },
    }),
  );
/** Nested, or at the top level as one user saw it (VENDOR §8). */
const statusAnswer = z.union([
  z.object({ clientStatus: status }).transform((it) => it.clientStatus),
  status,
]);

/** A client of the API at `apiUrl`. Throws `invalid_proxy` (usage). */
export function createClient(options: ClientOptions): Client {
  const { apiUrl, apiToken, tokenName, env = {}, timeoutMs = 10_000, now = Date.now } = options;
  const { send = exchange } = options;
  const sleep = options.sleep ?? ((ms, signal) => delay(ms, undefined, signal && { signal }));
  const dispatcher = dispatcherFor(apiUrl, env, timeoutMs);
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${apiToken}`,
    'user-agent': 'eazewa-hooks',
  };
  const base = { apiUrl, apiToken, tokenName, proxy: proxyFor(apiUrl, env) };

  async function call<T>(
    path: string,
    { instanceId, method = 'GET', body, list = false, once = false, signal, failed }: Details,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const facts: RequestFacts = { ...base, instanceId: instanceId ?? null };
    const request: ApiRequest = {
      method,
      url: apiUrl + path,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const bounds = list
      ? { timeoutMs: timeoutMs * LIST_TIMES_LONGER, maxBytes: MOST_BYTES_OF_LIST }
      : { timeoutMs, maxBytes: MOST_BYTES };
    for (let attempt = 1; ; attempt++) {
      const answer = await send(request, dispatcher, bounds, signal).catch((cause) => {
        if (signal?.aborted || cause instanceof CliError) throw cause;
        return unreachable(cause, facts);
      });
      const retryAfterMs = retryAfterOf(answer, now());
      const error = answer instanceof CliError ? answer : errorOf(answer, facts, retryAfterMs);
      if (error === null) return parsed(answer as Answer, schema, facts);
      const wait =
        once || attempt > BACK_OFF.length ? null : waitBefore(error, attempt, retryAfterMs);
      if (wait === null) throw error;
      await failed?.(error);
      await sleep(wait, signal).catch((interrupted) => {
        throw signal?.aborted ? signal.reason : interrupted;
      });
    }
  }

  const at = (instanceId: string) => `/instances/${encodeURIComponent(instanceId)}`;
  const update = async (
    instanceId: string,
    { url, events }: Webhook,
    more: Pick<Details, 'signal' | 'once' | 'failed'>,
  ) => {
    const body = { webhook: { url, events } };
    await call(at(instanceId), { instanceId, method: 'PUT', body, ...more }, z.unknown());
  };
  const lookUp = <T>(
    action: string,
    instanceId: string,
    body: object,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ) =>
    call(
      `${at(instanceId)}/client/action/${action}`,
      { instanceId, method: 'POST', body, list: true, signal },
      schema,
    );
  return {
    account: createHash('sha256').update(apiToken).digest('hex').slice(0, 16),
    getInstance: async (instanceId, signal) =>
      (await call(at(instanceId), { instanceId, signal }, instanceAnswer)).instance,
    listInstances: async (signal) => (await call('/instances', { signal }, listAnswer)).instances,
    updateWebhook: (instanceId, webhook, signal, failed) =>
      update(instanceId, webhook, { signal, failed }),
    updateWebhookOnce: (instanceId, webhook, signal) =>
      update(instanceId, webhook, { signal, once: true }),
    addSubscription: async (instanceId, { url, events }, signal, failed) => {
      const body = { url, events };
      const details = { instanceId, method: 'POST' as const, body, signal, failed };
      const { data } = await call(`${at(instanceId)}/webhooks`, details, subscriptionAnswer);
      // The id of another subscription would remove that one later.
      if (data.url && !isSameUrl(data.url, url))
        throw contradicts(base, `with the subscription of another url, ${maskUrl(data.url)}`);
      return data.id;
    },
    async removeSubscription(instanceId, subscriptionId, signal) {
      if (!SUBSCRIPTION_ID.test(subscriptionId)) return false;
      const path = `${at(instanceId)}/webhooks/${subscriptionId}`;
      try {
        await call(path, { instanceId, method: 'DELETE', signal }, z.unknown());
        return true;
      } catch (error) {
        if (error instanceof CliError && error.exit === 'notFound') return false;
        throw error;
      }
    },
    clientStatus: (instanceId, signal) =>
      call(`${at(instanceId)}/client/status`, { instanceId, signal }, statusAnswer),
    getChats: (instanceId, query, signal) =>
      lookUp('get-chats', instanceId, query, chatsAnswer, signal),
    fetchMessages: (instanceId, query, signal) =>
      lookUp('fetch-messages', instanceId, query, messagesAnswer, signal),
    close: () => dispatcher.close(),
  };
}

interface Details {
  /** Absent for a request about no single instance. */
  readonly instanceId?: string;
  readonly method?: ApiRequest['method'];
  readonly body?: unknown;
  /** Expects a long list. */
  readonly list?: boolean;
  /** Disables retries. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly failed?: AttemptFailed | undefined;
}

/** Whether two urls are equal once they are normalised. */
function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [one, other].map((url) => (URL.canParse(url) ? new URL(url).href : url));
  return a === b;
}

function parsed<T>(answer: Answer, schema: z.ZodType<T>, facts: RequestFacts): T {
  const result = schema.safeParse(jsonOf(answer));
  if (result.success) return result.data;
  throw unexpected(facts, result.error.issues[0]?.path.join('.') || 'the whole answer');
}

/** The pause before the next attempt, in ms; null where a retry would not help. */
function waitBefore(error: CliError, attempt: number, retryAfterMs: number | null): number | null {
  if (error.code === 'rate_limited')
    return retryAfterMs !== null && retryAfterMs <= LONGEST_RETRY_AFTER ? retryAfterMs : null;
  const passes = error.code === 'vendor_failing' || error.code === 'vendor_unreachable';
  return passes ? (BACK_OFF[attempt - 1] ?? null) : null;
}

/** `Retry-After` (seconds or a date) in ms from now. */
function retryAfterOf(answer: Answer | CliError, now: number): number | null {
  if (answer instanceof CliError || answer.retryAfter === null) return null;
  const { retryAfter } = answer;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
