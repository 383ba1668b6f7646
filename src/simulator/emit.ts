/** Emits events: each goes to the instance's webhook and subscriptions that include it. */

import { performance } from 'node:perf_hooks';
import type { WebhookBody } from '../fixtures/load.ts';
import { pause } from '../platform/pause.ts';
import type { Deliveries } from './deliveries.ts';
import { afterEvent, type Instance } from './instances.ts';
import type { Messages } from './messages.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How many events were sent, each to one url or more; `reason` says why not to all of them. */
export interface Emitted {
  readonly emitted: number;
  readonly reason?: string;
}

/** The state that emitting reads and updates. */
export interface Emitter {
  readonly instances: Map<string, Instance>;
  readonly deliveries: Deliveries;
  readonly messages: Pick<Messages, 'record'>;
  readonly subscriptions: Pick<Subscriptions, 'of'>;
}

/** A body of the simulator's own as JSON. */
export function bytesOf(body: WebhookBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Emits one event with exactly these bytes, which must be JSON with an event. An unknown instance emits nothing. */
export function emitOnce(
  { instances, deliveries, messages, subscriptions }: Emitter,
  id: string,
  bytes: Buffer,
): Emitted {
  const instance = instances.get(id);
  if (instance === undefined) return { emitted: 0, reason: `there is no instance ${id}` };
  const body: WebhookBody = JSON.parse(bytes.toString());
  const { event } = body;
  instances.set(id, afterEvent(instance, body));
  messages.record(id, body, bytes.length);

  const all = [instance.webhook, ...subscriptions.of(id)].filter(({ url }) => url !== null);
  if (all.length === 0) return { emitted: 0, reason: `instance ${id} has no webhook url` };
  const wanting = all.filter(({ events }) => events.includes(event));
  if (wanting.length === 0) {
    return { emitted: 0, reason: `instance ${id} is not subscribed to ${event}` };
  }
  const refusals = wanting.flatMap(({ url }) =>
    url === null ? [] : (deliveries.send(id, event, url, bytes) ?? []),
  );
  const emitted = refusals.length < wanting.length ? 1 : 0;
  return refusals[0] === undefined ? { emitted } : { emitted, reason: refusals[0] };
}

/** The result of a repetition: `seconds` from the first event to the last, `rate` in events a second. */
export interface EmittedOften extends Emitted {
  readonly seconds: number;
  readonly rate: number;
}

/** How often and how fast to emit: `rate` is in events a second, null for as fast as possible. */
export interface Repetition {
  readonly count: number;
  readonly rate: number | null;
  readonly signal: AbortSignal;
}

// Events between two turns of the event loop, in which responses are read.
const SLICE = 64;
// At thousands a second a timer per event costs more than the event: small bursts go out instead.
const AHEAD_MS = 5;

/**
 * Emits `next()` `count` times. Ends early when the signal aborts or no url includes the event;
 * the result then counts the events so far.
 */
export async function emitRepeatedly(
  emitter: Emitter,
  id: string,
  next: () => Buffer,
  { count, rate, signal }: Repetition,
): Promise<EmittedOften> {
  const begun = performance.now();
  let emitted = 0;
  let why: Pick<Emitted, 'reason'> = {};
  let last = begun;
  while (emitted < count && !signal.aborted) {
    const one = emitOnce(emitter, id, next());
    if (one.emitted === 0) return { ...one, emitted, ...achieved(emitted, last - begun) };
    if (one.reason !== undefined) why = { reason: one.reason };
    last = performance.now();
    emitted++;
    if (emitted === count) break;
    // Measured from the start, so that late timers do not add up.
    const early = rate === null ? 0 : begun + (emitted * 1000) / rate - performance.now();
    if (early > AHEAD_MS || emitted % SLICE === 0) await pause(early, signal);
    await emitter.deliveries.room();
  }
  return { emitted, ...why, ...achieved(emitted, last - begun) };
}

/** The rate of `emitted` events in `ms`; the first one takes no time. */
function achieved(emitted: number, ms: number): Pick<EmittedOften, 'seconds' | 'rate'> {
  const rate = ms > 0 && emitted > 1 ? ((emitted - 1) * 1000) / ms : 0;
  return { seconds: Math.round(ms) / 1000, rate: Math.round(rate * 10) / 10 };
}
