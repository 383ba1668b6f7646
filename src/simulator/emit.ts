/** Emitting: an event happens on an instance, and is delivered to its webhook and subscriptions that want it. */

import { performance } from 'node:perf_hooks';
import type { WebhookBody } from '../fixtures/load.ts';
import { pause } from '../platform/pause.ts';
import type { Deliveries } from './deliveries.ts';
import { afterEvent, type Instance } from './instances.ts';
import type { Messages } from './messages.ts';
import type { Subscriptions } from './subscriptions.ts';

/** How many events were delivered, each to one url or more; `reason` says why none was. */
export interface Emitted {
  readonly emitted: number;
  readonly reason?: string;
}

/** What emitting needs: the instances and what was said on them, which it updates, and the deliveries. */
export interface Emitter {
  readonly instances: Map<string, Instance>;
  readonly deliveries: Deliveries;
  readonly messages: Pick<Messages, 'heard'>;
  readonly subscriptions: Pick<Subscriptions, 'of'>;
}

/** Lets one event happen; its body is serialised here, once. An unknown instance emits nothing. */
export function emitOnce(
  { instances, deliveries, messages, subscriptions }: Emitter,
  id: string,
  body: WebhookBody,
): Emitted {
  const instance = instances.get(id);
  if (instance === undefined) return { emitted: 0, reason: `there is no instance ${id}` };
  const { event } = body;
  const bytes = Buffer.from(JSON.stringify(body));
  instances.set(id, afterEvent(instance, body));
  messages.heard(id, body, bytes.length);

  const all = [instance.webhook, ...subscriptions.of(id)].filter(({ url }) => url !== null);
  if (all.length === 0) return { emitted: 0, reason: `instance ${id} has no webhook url` };
  const wanting = all.filter(({ events }) => events.includes(event));
  if (wanting.length === 0) {
    return { emitted: 0, reason: `instance ${id} is not subscribed to ${event}` };
  }
  for (const { url } of wanting) if (url !== null) deliveries.send(id, event, url, bytes);
  return { emitted: 1 };
}

/** What a repetition came to: `seconds` from the first delivery that was begun to the last, `rate` of them a second. */
export interface EmittedOften extends Emitted {
  readonly seconds: number;
  readonly rate: number;
}

/** How often to emit, and how fast: `rate` is in events a second, null for as fast as they are taken. */
export interface Repetition {
  readonly count: number;
  readonly rate: number | null;
  readonly signal: AbortSignal;
}

// So many are begun before the event loop gets its turn, for the answers to be heard in between.
const SLICE = 64;
// At thousands a second a wait for each would cost more than the events do: they go out in small bursts.
const AHEAD_MS = 5;

/**
 * Emits `next()` again and again. Ends early, with what was emitted until then, when the signal
 * aborts or an event is not wanted any more.
 */
export async function emitRepeatedly(
  emitter: Emitter,
  id: string,
  next: () => WebhookBody,
  { count, rate, signal }: Repetition,
): Promise<EmittedOften> {
  const begun = performance.now();
  let emitted = 0;
  let last = begun;
  while (emitted < count && !signal.aborted) {
    const one = emitOnce(emitter, id, next());
    if (one.emitted === 0) return { ...one, emitted, ...achieved(emitted, last - begun) };
    last = performance.now();
    emitted++;
    if (emitted === count) break;
    // The pace is held against the beginning: waits that take too long do not add up.
    const early = rate === null ? 0 : begun + (emitted * 1000) / rate - performance.now();
    if (early > AHEAD_MS || emitted % SLICE === 0) await pause(early, signal);
    await emitter.deliveries.room();
  }
  return { emitted, ...achieved(emitted, last - begun) };
}

/** Of so many events in so many ms: the first of them takes no time. */
function achieved(emitted: number, ms: number): Pick<EmittedOften, 'seconds' | 'rate'> {
  const rate = ms > 0 && emitted > 1 ? ((emitted - 1) * 1000) / ms : 0;
  return { seconds: Math.round(ms) / 1000, rate: Math.round(rate * 10) / 10 };
}
