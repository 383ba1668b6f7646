/** What the listener's tests share: folders, a simulator, and a way to see and disturb what is asked of it. */

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Client, createClient, type Webhook } from '../../src/eazewa/client.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import type { JournalEntry } from '../../src/takeover/journal.ts';

export const API_TOKEN = 'api-token-of-the-listeners-tests';
export const INSTANCE = '33';

/** A simulator with instance 33 and this webhook. */
export async function simulator(webhook: Webhook = { url: null, events: [] }): Promise<Simulator> {
  const started = await startSimulator({
    port: 0,
    apiToken: API_TOKEN,
    instances: [{ id: INSTANCE, name: 'Shop', webhook }],
    random: randomBytes,
    now: Date.now,
    retryDelayMs: 20,
  });
  onTestFinished(() => started.close());
  return started;
}

/** The subscriptions that instance 33 has. */
export async function subscriptionsOf(
  apiUrl: string,
): Promise<{ id: number; url: string; events: string[] }[]> {
  const headers = { authorization: `Bearer ${API_TOKEN}` };
  const response = await fetch(`${apiUrl}/instances/${INSTANCE}/webhooks`, { headers });
  return ((await response.json()) as { data: { id: number; url: string; events: string[] }[] })
    .data;
}

/** A client that does not pause between its tries. */
export function clientOf(apiUrl: string): Client {
  const client = createClient({
    apiUrl,
    apiToken: API_TOKEN,
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async () => {},
  });
  onTestFinished(() => client.close());
  return client;
}

/** A request to the vendor, as it went by. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  /** The webhook that it sets, or the subscription that it adds; null for one that does neither. */
  readonly webhook: Webhook | null;
}

/** Null lets a request through, anything else is answered in the vendor's place. */
export type Disturbance = null | 'cut' | { status: number; json?: unknown };

/** What becomes of a request. */
export type Disturb = (asked: Asked, number: number) => Disturbance | Promise<Disturbance>;

/** The vendor seen through a server in between, which counts what is asked and may answer itself. */
export async function between(apiUrl: string) {
  const asked: Asked[] = [];
  let answered = 0;
  let disturb: Disturb = () => null;
  const onRequest = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '' } = incoming;
    const body = await buffer(incoming);
    const sent = body.length > 0 ? JSON.parse(String(body)) : null;
    const one = { method, path, webhook: sent?.webhook ?? sent };
    asked.push(one);
    const answer = await disturb(one, asked.length);
    if (answer === 'cut') return void response.destroy();
    if (answer !== null) {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify(answer.json ?? {}));
    }
    const { authorization = '', 'content-type': type = 'application/json' } = incoming.headers;
    const headers = { authorization, 'content-type': type, 'content-length': body.length };
    await new Promise<void>((resolve) => {
      const onward = request(new URL(path, apiUrl), { method, headers, agent: false }, (from) => {
        response.writeHead(from.statusCode ?? 500, from.headers);
        from.pipe(response);
        from.on('end', resolve);
      });
      onward.on('error', () => {
        response.destroy();
        resolve();
      });
      onward.end(body);
    });
  };
  const server = createServer((incoming, response) => {
    onRequest(incoming, response)
      .catch(() => response.destroy())
      .finally(() => {
        answered++;
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`,
    asked,
    /** How many of them are over, whether or not anybody still waited for the answer. */
    answered: () => answered,
    /** What was asked, in short: `GET`, `PUT <url>` or `POST <url>`. */
    short: () =>
      asked.map(({ method, webhook }) => (webhook === null ? method : `${method} ${webhook.url}`)),
    disturb(how: Disturb) {
      disturb = how;
    },
    close,
  };
}

/** A journal of a listener that is gone. */
export function journalEntry(parts: Partial<JournalEntry> = {}): JournalEntry {
  return {
    v: 1,
    apiUrl: 'http://127.0.0.1:1/api/v1',
    apiUrlSource: 'flag',
    instanceId: INSTANCE,
    original: { url: 'https://bot.example.com/hook', events: ['message', 'qr'] },
    before: null,
    ours: { url: 'https://x.ngrok.app/webhooks/whatsapp/the-crashed-token', events: ['message'] },
    pathToken: 'the-crashed-token',
    account: '',
    kind: 'takeover',
    step: 'set',
    at: '2026-11-23T08:00:00.000Z',
    staleReads: false,
    doubtAt: '',
    formerPathTokens: [],
    origins: [],
    older: [],
    subscriptions: [],
    since: '2026-11-23T08:00:00.000Z',
    host: 'laptop',
    pid: 4711,
    ...parts,
  };
}

// test/takeover imports these from here.
