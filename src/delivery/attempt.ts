/** One attempt: the POST of a stored event to a target, and what history stores of it. */

import type { NewAttempt, StoredEvent } from '../history/history.ts';
import type { RawHeaders } from '../platform/raw-headers.ts';
import type { Deliverer, DeliveryResult } from './deliver.ts';
import { eventHeaders } from './headers.ts';

/** How attempts are made. */
export interface AttemptContext {
  readonly deliverer: Deliverer;
  /** Headers to add to each event, names and values in turn. */
  readonly headers: RawHeaders;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Aborts attempts: what was written by then stays written. */
  readonly giveUp: AbortSignal;
}

/** Which target an event goes to, and what our headers tell it. */
export interface AttemptOn {
  readonly target: string;
  /** Which attempt of the event on the target it is, from 1. */
  readonly number: number;
  /** Whether a person sends it, rather than the forwarder. */
  readonly replay: boolean;
  /** Whether another event for the target is about to be sent; asked when the answer ends. */
  readonly isMoreWaiting?: () => boolean;
}

/** An attempt to store; or why nothing was written, and there was none. */
export type Attempted = { readonly attempt: NewAttempt } | { readonly unsent: string };

/** Sends an event's exact bytes with its headers and `x-eazewa-hooks-event`, `-attempt` and `-replay`. Never rejects. */
export async function attemptOn(
  event: Pick<StoredEvent, 'seq' | 'id' | 'headers' | 'body'>,
  { target, number, replay, isMoreWaiting }: AttemptOn,
  context: AttemptContext,
): Promise<Attempted> {
  const at = context.now();
  const result = await context.deliverer.deliver({
    url: target,
    headers: eventHeaders(event, { number, replay }, context.headers),
    body: event.body,
    timeoutMs: context.timeoutMs,
    signal: context.giveUp,
    ...(isMoreWaiting && { isMoreWaiting }),
  });
  if (result.kind === 'unsent') return { unsent: result.error };
  return { attempt: { eventSeq: event.seq, target, replay, at, ...storedOf(result) } };
}

function storedOf(
  result: Exclude<DeliveryResult, { kind: 'unsent' }>,
): Omit<NewAttempt, 'eventSeq' | 'target' | 'replay' | 'at'> {
  const answered = result.kind === 'answered';
  return {
    status: answered ? result.status : null,
    error: result.error,
    durationMs: Math.round(result.durationMs),
    responseHeaders: answered ? result.headers : [],
    responseBody: answered ? result.body : new Uint8Array(),
  };
}
