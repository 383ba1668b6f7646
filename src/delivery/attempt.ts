/** One attempt: the POST of a kept event to a target, and what history keeps of it. */

import type { NewAttempt, StoredEvent } from '../history/history.ts';
import type { Deliverer, DeliveryResult, RawHeaders } from './deliver.ts';
import { forwardedHeaders } from './headers.ts';

/** How attempts are made. */
export interface AttemptContext {
  readonly deliverer: Deliverer;
  /** Headers to add to each event, names and values in turn. */
  readonly headers: RawHeaders;
  /** How long to wait for an answer, in ms. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** Fires when it is to be given up: what was written by then stays written. */
  readonly giveUp: AbortSignal;
}

/** Which target an event goes to, and what it is told about that. */
export interface AttemptOn {
  readonly target: string;
  /** Which attempt of the event on the target it is, from 1. */
  readonly number: number;
  /** Whether a person asked for it, rather than the vendor's request being forwarded. */
  readonly replay: boolean;
}

/** An attempt that still has to be kept; or nothing was written, `unsent` says why, and it never was one. */
export type Attempted = { readonly attempt: NewAttempt } | { readonly unsent: string };

/** Sends an event's exact bytes with its headers and `x-eazewa-hooks-event`, `-attempt` and `-replay`. Never rejects. */
export async function attemptOn(
  event: Pick<StoredEvent, 'seq' | 'id' | 'headers' | 'body'>,
  { target, number, replay }: AttemptOn,
  context: AttemptContext,
): Promise<Attempted> {
  const at = context.now();
  const outcome = await context.deliverer.deliver({
    url: target,
    headers: forwardedHeaders(event.headers, [
      ...context.headers,
      ...['x-eazewa-hooks-event', event.id],
      ...['x-eazewa-hooks-attempt', String(number)],
      ...['x-eazewa-hooks-replay', String(replay)],
    ]),
    body: event.body,
    timeoutMs: context.timeoutMs,
    signal: context.giveUp,
  });
  if (outcome.kind === 'unsent') return { unsent: outcome.error };
  return { attempt: { eventSeq: event.seq, target, replay, at, ...kept(outcome) } };
}

function kept(
  outcome: Exclude<DeliveryResult, { kind: 'unsent' }>,
): Omit<NewAttempt, 'eventSeq' | 'target' | 'replay' | 'at'> {
  const answered = outcome.kind === 'answered';
  return {
    status: answered ? outcome.status : null,
    error: answered ? null : outcome.error,
    durationMs: Math.round(outcome.durationMs),
    responseHeaders: answered ? outcome.headers : [],
    responseBody: answered ? outcome.body : new Uint8Array(),
  };
}
