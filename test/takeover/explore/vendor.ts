/** The vendor in memory, behind the real client: it lags, cuts answers, and carries requests out late. */

import type { Webhook } from '../../../src/eazewa/client.ts';
import type { Answer, ApiRequest, Bounds } from '../../../src/eazewa/client-exchange.ts';
import { NoAnswerError } from '../../../src/eazewa/client-exchange.ts';
import type { Process, World } from './world.ts';

export const INSTANCE = '33';
/** A request is carried out within this time, or never, in ms. */
export const LATEST = 10_000;
/** Every read shows by then what a request has set, in ms after it was sent: docs/takeover.md, "The times are guesses". */
const SHOWN_MS = 15_000;

/** How the vendor behaves until the world is calm. */
export interface Manners {
  /** A read may show what was there so long ago, in ms. */
  readonly lag: number;
  /** How many of the reads lag. */
  readonly lagging: number;
  /** How many requests are cut, never answered, answered with 503, or refused for now with 429. */
  readonly cut: number;
  readonly silent: number;
  readonly failing: number;
  readonly limited: number;
  /** How many requests take seconds. */
  readonly slow: number;
}

export const CALM: Manners = {
  ...{ lag: 0, lagging: 0, cut: 0, silent: 0, failing: 0, limited: 0, slow: 0 },
};

/** A webhook that a process has sent. */
export interface Sent {
  readonly by: string;
  /** How long before it was sent the process had its last read, in ms. */
  readonly gap: number;
}

/** What watches the vendor. */
interface Watcher {
  /** A process sends a webhook. */
  sent(by: string, webhook: Webhook): Sent;
  /** The vendor sets it; `sent` is null for a person's. */
  set(sent: Sent | null, webhook: Webhook, before: Webhook): void;
  /** A process is told what the instance has, or had at `asOf`. */
  told(by: string, webhook: Webhook, asOf: number): void;
}

interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
}

/** What becomes of one request. Times are in ms after it was sent. */
interface Fate {
  /** Null for never. */
  readonly carriedOut: number | null;
  readonly answer: { readonly after: number; readonly status: number | 'cut' } | null;
}

export class Vendor {
  manners: Manners;
  watcher: Watcher | null = null;
  readonly subscriptions = new Map<string, Subscription>();
  readonly #world: World;
  readonly #history: { readonly at: number; readonly shownBy: number; readonly webhook: Webhook }[];
  /** Webhooks and subscribed urls that were sent and may still be set. */
  readonly underWay = new Set<{ readonly url: string | null }>();
  #ids = 0;

  constructor(world: World, first: Webhook, manners: Manners) {
    this.#world = world;
    this.manners = manners;
    this.#history = [{ at: 0, shownBy: 0, webhook: first }];
  }

  /** What the instance has. */
  webhook(): Webhook {
    return (this.#history.at(-1) as { webhook: Webhook }).webhook;
  }

  /** A person sets a webhook at the dashboard. */
  edit(webhook: Webhook): void {
    this.#set('a person', null, webhook, 0);
  }

  #set(by: string, sent: Sent | null, webhook: Webhook, age: number): void {
    const before = this.webhook();
    const { now } = this.#world;
    this.#history.push({ at: now, shownBy: now - age + SHOWN_MS, webhook });
    this.#world.tell('vendor', () => {
      const late = age > 1000 ? `, ${(age / 1000).toFixed(1)} s after it was sent` : '';
      return `has ${nameOf(webhook)} by ${by}${late} (before: ${nameOf(before)})`;
    });
    this.watcher?.set(sent, webhook, before);
  }

  /** Answers a request of a process. */
  receive(by: Process, sent: ApiRequest, bounds: Bounds, signal?: AbortSignal): Promise<Answer> {
    const world = this.#world;
    const fate = this.#fateOf(sent);
    const { carriedOut, answer } = fate;
    let done: () => Answer = () => json(200, {});
    if (sent.method === 'GET') done = () => this.#read(by, sent);
    else {
      const work = this.#effectOf(by, sent);
      if (carriedOut !== null) {
        const ends = this.#begin(sent);
        world.after(carriedOut, () => {
          ends();
          done = work(carriedOut);
        });
      }
    }
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const aborted = () => {
        cancel();
        world.tell(by.name, () => `aborts ${titleOf(sent)}`);
        reject(signal?.reason);
      };
      const end = (settle: () => void) => () => {
        signal?.removeEventListener('abort', aborted);
        settle();
      };
      signal?.addEventListener('abort', aborted, { once: true });
      if (answer === null || answer.after >= bounds.timeoutMs) {
        cancel = by.later(
          bounds.timeoutMs,
          end(() => {
            world.tell(by.name, () => `${titleOf(sent)}: no answer`);
            reject(new NoAnswerError(bounds.timeoutMs));
          }),
        );
        return;
      }
      cancel = by.later(
        answer.after,
        end(() => {
          if (answer.status === 200) return resolve(done());
          world.tell(by.name, () => `${titleOf(sent)}: ${answer.status}`);
          if (answer.status === 'cut') return reject(new Error('socket hang up'));
          resolve(json(answer.status, { message: 'not now' }));
        }),
      );
    });
  }

  #begin({ method, body }: ApiRequest): () => void {
    if (method === 'DELETE' || body === undefined) return () => {};
    const { webhook, url } = JSON.parse(body);
    const one = { url: webhook === undefined ? url : webhook.url };
    this.underWay.add(one);
    return () => this.underWay.delete(one);
  }

  #fateOf({ method }: ApiRequest): Fate {
    const { chance } = this.#world;
    const { cut, silent, failing, limited, slow } = this.manners;
    const arrives = chance.happens(slow) ? chance.between(500, 4000) : chance.between(1, 100);
    const roll = chance.next();
    if (roll >= cut + silent + failing + limited) {
      const after = arrives + chance.between(1, 100);
      return { carriedOut: arrives, answer: { after, status: 200 } };
    }
    const after = chance.between(1, 600);
    // A read has no effect.
    const effect = method === 'GET' ? 'never' : chance.pick(['never', 'before', 'late', 'late']);
    const carriedOut =
      effect === 'never'
        ? null
        : effect === 'before'
          ? chance.between(0, after)
          : chance.between(after, LATEST);
    if (roll < cut) return { carriedOut, answer: { after, status: 'cut' } };
    if (roll < cut + silent) return { carriedOut, answer: null };
    if (roll < cut + silent + failing) return { carriedOut, answer: { after, status: 503 } };
    return { carriedOut: null, answer: { after, status: 429 } };
  }

  #read(by: Process, { url }: ApiRequest): Answer {
    const { chance, now } = this.#world;
    const { lag, lagging } = this.manners;
    const latest = this.#history.findLast(({ shownBy }) => shownBy <= now)?.at ?? 0;
    const lagged = chance.happens(lagging) ? now - chance.between(0, lag) : now;
    const asOf = Math.max(lagged, latest);
    const shown = this.#history.findLast(({ at }) => at <= asOf) ?? this.#history[0];
    const { webhook } = shown as { webhook: Webhook };
    this.watcher?.told(by.name, webhook, asOf);
    this.#world.tell(by.name, () => {
      const old = now - asOf > 0 ? ` (as of ${((now - asOf) / 1000).toFixed(1)} s ago)` : '';
      return `reads ${nameOf(webhook)}${old}`;
    });
    const instance = {
      ...{ id: INSTANCE, name: 'one' },
      ...{ webhook_url: webhook.url, webhook_events: webhook.events },
    };
    return json(200, url.endsWith('/instances') ? { instances: [instance] } : { instance });
  }

  /** What a request does when it is carried out, so many ms after it was sent; that gives its answer. */
  #effectOf(by: Process, sent: ApiRequest): (age: number) => () => Answer {
    const world = this.#world;
    const { method, url, body } = sent;
    if (method === 'PUT') {
      const { webhook } = JSON.parse(body ?? '') as { webhook: Webhook };
      const sending = this.watcher?.sent(by.name, webhook) ?? null;
      world.tell(by.name, () => `sends ${nameOf(webhook)}`);
      return (age) => {
        this.#set(by.name, sending, webhook, age);
        return () => json(200, {});
      };
    }
    world.tell(by.name, () => titleOf(sent));
    if (method === 'POST') {
      const wanted = JSON.parse(body ?? '') as { url: string; events: string[] };
      return () => {
        const had = this.subscriptions.get(wanted.url);
        const one = had ?? { ...wanted, id: `s${++this.#ids}` };
        this.subscriptions.set(wanted.url, one);
        world.tell('vendor', () => `has subscription ${one.id} by ${by.name}: ${one.url}`);
        return () => json(200, { data: { id: one.id, url: one.url } });
      };
    }
    const id = url.slice(url.lastIndexOf('/') + 1);
    return () => {
      const found = [...this.subscriptions.values()].find((one) => one.id === id);
      if (found !== undefined) this.subscriptions.delete(found.url);
      world.tell('vendor', () => `has no subscription ${id}, by ${by.name}`);
      return () => (found === undefined ? json(404, { message: 'Not found' }) : json(200, {}));
    };
  }
}

/** A webhook in the trace: the short name that its url has as its host, and its events. */
export function nameOf({ url, events }: Webhook): string {
  return url === null ? 'no webhook' : `${shortUrl(url)} [${events.join()}]`;
}

/** A url without what is the same in every one. */
function shortUrl(url: string): string {
  return url.replace('https://', '').replace(/\/webhooks\/whatsapp\/.*|\/hook$/, '');
}

function titleOf({ method, url, body }: ApiRequest): string {
  const path = url.slice(url.indexOf('/instances'));
  if (body === undefined) return `${method} ${path}`;
  const { webhook, url: to } = JSON.parse(body);
  return `${method} ${path} with ${webhook === undefined ? shortUrl(to) : nameOf(webhook)}`;
}

function json(status: number, value: unknown): Answer {
  return { status, text: JSON.stringify(value), location: null, retryAfter: null };
}
