/** The vendor's API as far as we need it: instances, their webhook, their client's state, chats and messages (VENDOR §8). */

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { type Asked, errorOf, jsonOf, unexpected, unreachable } from './client-errors.ts';
import {
  type Answer,
  dispatcherFor,
  exchange,
  proxyFor,
  type Question,
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

/** A url beside an instance's own webhook, and what it gets. */
export interface Subscription {
  readonly url: string;
  readonly events: readonly string[];
}

export interface Instance {
  /** The vendor has integers and strings; ours are strings. */
  readonly id: string;
  readonly name: string | null;
  readonly webhook: Webhook;
}

/** What the instance's WhatsApp client is doing. */
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
  /** What messages call the API token: `EAZEWA_API_TOKEN`. */
  readonly tokenName: string;
  /** Where `HTTPS_PROXY` and `NO_PROXY` are looked up. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For each try, in ms. */
  readonly timeoutMs?: number;
  /** Waits between tries, in ms; may end early when the signal aborts. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<unknown>;
  readonly now?: () => number;
}

/**
 * Every call tries up to three times what may pass (5xx, network, a 429 that asks for at most 5 s)
 * and throws a `CliError`: `api_token_refused`, `no_such_instance`, `vendor_refused`, `rate_limited`,
 * `vendor_failing`, `vendor_error`, `vendor_redirect`, `vendor_unexpected`, `vendor_unreachable`.
 * An aborted signal throws its reason.
 */
export interface Client {
  /** Tells one API token from another, and gives none away: what one account has, another does not see. */
  readonly account: string;
  getInstance(id: string, signal?: AbortSignal): Promise<Instance>;
  listInstances(signal?: AbortSignal): Promise<Instance[]>;
  /** Sets url and events, both. What the vendor made of them is for {@link getInstance} to tell. */
  updateWebhook(id: string, webhook: Webhook, signal?: AbortSignal): Promise<void>;
  /** The same with a single try: what the instance has may be another webhook by the second. */
  updateWebhookOnce(id: string, webhook: Webhook, signal?: AbortSignal): Promise<void>;
  /**
   * Has events sent to a url beside the instance's own webhook; resolves to the subscription's id. A url
   * that has one already gets that one, whose events may be others (VENDOR §8): asking twice is harmless.
   * It says nothing of who asks (`source`): that is optional, and the vendor then takes it for a direct
   * client of its API.
   */
  addSubscription(id: string, to: Subscription, signal?: AbortSignal): Promise<string>;
  /** Ends a subscription. False when there was none with this id (VENDOR §8: 404), also without such an instance. */
  removeSubscription(id: string, subscriptionId: string, signal?: AbortSignal): Promise<boolean>;
  clientStatus(id: string, signal?: AbortSignal): Promise<ClientStatus>;
  /** Some of the instance's chats (`get-chats`). It takes longer than other calls, and may be 16 MiB. */
  getChats(id: string, query: ChatQuery, signal?: AbortSignal): Promise<ChatPage>;
  /** The newest messages of a chat, without their media (`fetch-messages`); bounded alike. */
  fetchMessages(id: string, query: MessageQuery, signal?: AbortSignal): Promise<MessagePage>;
  /** Waits for requests under way, then closes the connections. */
  close(): Promise<void>;
}

/** Before the second and the third try, in ms. */
const BACK_OFF: readonly number[] = [200, 1_000];
/** A longer `Retry-After` is the caller's to wait for, in ms. */
const LONGEST_RETRY_AFTER = 5_000;

/** More than any answer about instances holds; a page of HTML that is longer is not one of them. */
const MOST_BYTES = 1024 * 1024;
/** A thousand messages with their thumbnails. */
const MOST_BYTES_OF_LIST = 16 * 1024 * 1024;
/** WhatsApp's client has to look up what it is asked for, and may have to ask the phone. */
const LIST_TIMES_LONGER = 3;

const id = z.union([z.string(), z.number()]).transform(String);
const text = z.string().nullable().catch(null);
// An empty url means none, and sent back as it is it would be refused.
const url = z
  .string()
  .nullable()
  .transform((value) => value || null);
const events = z
  .array(z.string())
  .nullish()
  .transform((names) => names ?? []);

// `webhook_url` must be there: taking a missing one for "none" would lose the person's webhook.
const instance = z.object({ id, name: text, webhook_url: url, webhook_events: events }).transform(
  (it): Instance => ({
    id: it.id,
    name: it.name,
    webhook: { url: it.webhook_url, events: it.webhook_events },
  }),
);
const instanceAnswer = z.object({ instance });
// In the path of a DELETE: `..` would be the instance itself.
const SUBSCRIPTION_ID = /^[\w-]{1,100}$/;
const subscriptionAnswer = z.object({
  data: z.object({ id: id.pipe(z.string().regex(SUBSCRIPTION_ID)) }),
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
/** Nested, or at top level as one user saw it (VENDOR §8). */
const statusAnswer = z.union([
  z.object({ clientStatus: status }).transform((it) => it.clientStatus),
  status,
]);

/** A client of the API at `apiUrl`. Throws `invalid_proxy` (usage). */
export function createClient(options: ClientOptions): Client {
  const { apiUrl, apiToken, tokenName, env = {}, timeoutMs = 10_000, now = Date.now } = options;
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
    { instanceId, method = 'GET', body, list = false, once = false, signal }: Details,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const asked: Asked = { ...base, instanceId: instanceId ?? null };
    const question = {
      method,
      url: apiUrl + path,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const bounds = list
      ? { timeoutMs: timeoutMs * LIST_TIMES_LONGER, maxBytes: MOST_BYTES_OF_LIST }
      : { timeoutMs, maxBytes: MOST_BYTES };
    for (let tries = 1; ; tries++) {
      const answer = await exchange(question, dispatcher, bounds, signal).catch((cause) => {
        if (signal?.aborted || cause instanceof CliError) throw cause;
        return unreachable(cause, asked);
      });
      const retryAfterMs = retryAfterOf(answer, now());
      const error = answer instanceof CliError ? answer : errorOf(answer, asked, retryAfterMs);
      if (error === null) return parsed(answer as Answer, schema, asked);
      const wait = once || tries > BACK_OFF.length ? null : waitBefore(error, tries, retryAfterMs);
      if (wait === null) throw error;
      await sleep(wait, signal).catch((interrupted) => {
        throw signal?.aborted ? signal.reason : interrupted;
      });
    }
  }

  const at = (instanceId: string) => `/instances/${encodeURIComponent(instanceId)}`;
  const update = async (
    instanceId: string,
    { url, events }: Webhook,
    more: Pick<Details, 'signal' | 'once'>,
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
    updateWebhook: (instanceId, webhook, signal) => update(instanceId, webhook, { signal }),
    updateWebhookOnce: (instanceId, webhook, signal) =>
      update(instanceId, webhook, { signal, once: true }),
    addSubscription: async (instanceId, { url, events }, signal) => {
      const asked = { instanceId, method: 'POST' as const, body: { url, events }, signal };
      return (await call(`${at(instanceId)}/webhooks`, asked, subscriptionAnswer)).data.id;
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
  /** Left out for a request that is about no single instance. */
  readonly instanceId?: string;
  readonly method?: Question['method'];
  readonly body?: unknown;
  /** The answer is a long list. */
  readonly list?: boolean;
  /** What fails is not tried again. */
  readonly once?: boolean;
  readonly signal?: AbortSignal | undefined;
}

function parsed<T>(answer: Answer, schema: z.ZodType<T>, asked: Asked): T {
  const result = schema.safeParse(jsonOf(answer));
  if (result.success) return result.data;
  throw unexpected(asked, result.error.issues[0]?.path.join('.') || 'the whole answer');
}

/** How long to wait before the next try, in ms; null where another one would not help. */
function waitBefore(error: CliError, tries: number, retryAfterMs: number | null): number | null {
  if (error.code === 'rate_limited')
    return retryAfterMs !== null && retryAfterMs <= LONGEST_RETRY_AFTER ? retryAfterMs : null;
  const passes = error.code === 'vendor_failing' || error.code === 'vendor_unreachable';
  return passes ? (BACK_OFF[tries - 1] ?? null) : null;
}

/** `Retry-After` in ms from now: it is seconds or a date. */
function retryAfterOf(answer: Answer | CliError, now: number): number | null {
  if (answer instanceof CliError || answer.retryAfter === null) return null;
  const { retryAfter } = answer;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
