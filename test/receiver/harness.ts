/** What the receiver's tests share: a receiver that stores nothing, and ways to talk to it. */

import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import { WEBHOOK_PATH } from '../../src/platform/mask-url.ts';
import {
  type Received,
  type Receiver,
  type ReceiverOptions,
  startReceiver,
  type Unanswered,
} from '../../src/receiver/receiver.ts';
import { createProofs } from '../../src/tunnel/proofs.ts';
import { until } from '../support/until.ts';

export const PATH_TOKEN = 'the-path-token-of-the-receivers-tests';
export const PATH = `${WEBHOOK_PATH}${PATH_TOKEN}`;
export const BODY = '{"event":"message","instanceId":"33","data":{}}';

/** An admitted request, which has no answer yet unless the receiver answers by itself. */
export interface Admitted {
  readonly received: Received;
  /** Says that the event is stored. */
  readonly done: () => void;
  readonly givenUp: () => boolean;
}

export interface Started {
  readonly receiver: Receiver;
  readonly port: number;
  readonly admitted: Admitted[];
  readonly rejected: { status: number | null; reason: string; size: number }[];
  /** What `unanswered` was called with. */
  readonly closed: [Unanswered, number][];
}

/** A receiver of instance 33 that answers at once, or with `hold` leaves it to the test. */
export async function start(
  options: Partial<ReceiverOptions> & { hold?: boolean } = {},
): Promise<Started> {
  const { hold = false, ...given } = options;
  const admitted: Admitted[] = [];
  const rejected: Started['rejected'] = [];
  const closed: Started['closed'] = [];
  const receiver = await startReceiver({
    port: 0,
    pathTokens: [PATH_TOKEN],
    proofs: createProofs(randomBytes),
    instanceId: '33',
    store(received, done, givenUp) {
      admitted.push({ received, done, givenUp });
      if (!hold) done();
    },
    rejected: (status, reason, size) => rejected.push({ status, reason, size }),
    unanswered: (cause, count) => closed.push([cause, count]),
    ...given,
  });
  onTestFinished(() => receiver.close(0));
  return { receiver, port: receiver.port, admitted, rejected, closed };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without saying how long it is. */
  readonly chunked?: boolean;
}

/** One request on a connection of its own. */
export function ask(port: number, what: Ask = {}): Promise<Answer> {
  const { method = 'POST', path = PATH, headers = {}, chunked = false } = what;
  const body = what.body ?? (method === 'POST' ? BODY : '');
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = chunked
      ? { 'transfer-encoding': 'chunked' }
      : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers: { ...length, ...headers }, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** A connection on the level of bytes. */
export interface Wire {
  readonly socket: Socket;
  /** All that came back so far. */
  text(): string;
  /** Resolves when this came back. */
  said(what: string | RegExp): Promise<void>;
  /** Resolves when the other end closed the connection. */
  closed(): Promise<void>;
  send(bytes: string | Uint8Array): void;
}

/** Opens a connection; it is destroyed at the end of the test. */
export async function wire(port: number): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1' });
  let text = '';
  let isClosed = false;
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => {});
  socket.on('end', () => {
    isClosed = true;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return {
    socket,
    text: () => text,
    async said(what) {
      const found = () => (typeof what === 'string' ? text.includes(what) : what.test(text));
      await until(found, () => `${what} on the wire; it said ${JSON.stringify(text)}`);
    },
    async closed() {
      await until(() => isClosed, 'the end of the connection');
    },
    send: (bytes) => void socket.write(bytes),
  };
}

/** The head of a POST to the webhook. */
export function head(headers: readonly string[], path = PATH): string {
  return ['POST '.concat(path, ' HTTP/1.1'), 'Host: here', ...headers, '', ''].join('\r\n');
}

/** Fakes the clock of waiting only, for `beforeEach`: sockets go on by the real one. */
export function fakeWaiting(): () => void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  return () => void vi.useRealTimers();
}

/** Lets so many milliseconds pass, and the sockets have their turn in between. */
export async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1000) {
    vi.advanceTimersByTime(Math.min(left, 1000));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
}
