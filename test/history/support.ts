/** What the tests of history have in common: events, attempts, folders. */

import { randomBytes } from 'node:crypto';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import { storedFacts } from '../../src/history/entries.ts';
import type { History, NewAttempt, NewEvent } from '../../src/history/history.ts';

export const TARGET = 'http://localhost:3000/hook';
export const OTHER = 'http://localhost:4000/';
/** A moment to count from, in ms since 1970. */
export const NOON = Date.UTC(2026, 10, 23, 12);

export function newEvent(parts: Partial<NewEvent> = {}): NewEvent {
  const { body = textBody('Hello') } = parts;
  const webhook = readWebhook(body);
  const { instanceId, summary, columns } =
    'reason' in webhook
      ? { instanceId: null, summary: '', columns: { text: '', direction: null, name: null } }
      : storedFacts(webhook);
  return {
    id: `evt_${randomBytes(8).toString('hex')}`,
    at: NOON,
    event: 'message',
    instanceId,
    origin: 'live',
    chat: '491511234567@c.us',
    messageId: 'false_491511234567@c.us_AAAA',
    ack: null,
    summary,
    columns,
    duplicateOf: null,
    repeats: null,
    ackWentBack: false,
    issues: [],
    headers: ['Host', 'example.ngrok.app', 'content-type', 'application/json'],
    body,
    waitFor: [],
    skipped: [],
    ...parts,
  };
}

/** The body of a text message, as the vendor sends it. */
export function textBody(text: string): Uint8Array {
  const message = { from: '491511234567@c.us', to: '4930@c.us', type: 'chat', body: text };
  return Buffer.from(
    JSON.stringify({ event: 'message', instanceId: '33', data: { message, media: null } }),
  );
}

export function newAttempt(eventSeq: number, parts: Partial<NewAttempt> = {}): NewAttempt {
  return {
    eventSeq,
    target: TARGET,
    replay: false,
    at: NOON,
    status: 200,
    error: null,
    durationMs: 4.5,
    responseHeaders: ['content-type', 'text/plain'],
    responseBody: Buffer.from('ok'),
    ...parts,
  };
}

/** Stores events in one commit; returns their `seq`s. */
export function store(history: Pick<History, 'commit'>, ...events: NewEvent[]): number[] {
  return [...history.commit({ events, attempts: [] }).seqs];
}

/** Stores attempts in one commit; returns their numbers. */
export function attempted(history: Pick<History, 'commit'>, ...attempts: NewAttempt[]): number[] {
  return [...history.commit({ events: [], attempts }).numbers];
}

/** Does all of the upkeep that there is to do. */
export function maintainAll(history: Pick<History, 'maintain'>, now: number): void {
  while (history.maintain(now));
}

/** The ids of all events, oldest first. */
export function idsOf(history: History): string[] {
  return history.list({ after: 0 }).map((seq) => history.event(seq)?.id ?? '');
}
