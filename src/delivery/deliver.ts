/** `deliver()`: one POST of exact bytes. It never sends twice and follows no redirect. */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { onAbort } from '../platform/on-abort.ts';
import { type RawHeaders, valuesOf } from '../platform/raw-headers.ts';
import { type Connections, type ConnectionsOptions, createConnections } from './connections.ts';
import { describeCut, describeFailure, SWITCHED } from './failures.ts';

/** One POST to make. */
export interface Delivery {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
  /** How long to wait for the answer, in ms. */
  readonly timeoutMs: number;
  /** Aborts the delivery: what was written by then stays written. */
  readonly signal?: AbortSignal;
  /** Whether another request to this host is about to come; asked when the answer ends. */
  readonly isMoreWaiting?: () => boolean;
}

/** The result of a delivery. */
export type DeliveryResult =
  /** A response came; `body` has its first {@link STORED_OF_ANSWER} bytes. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: RawHeaders;
      readonly body: Buffer;
      /** Why the body is not whole; null for a whole one. */
      readonly error: string | null;
      readonly durationMs: number;
    }
  /** The request was written, and no response came: nobody knows what the target did with it. */
  | { readonly kind: 'silent'; readonly error: string; readonly durationMs: number }
  /** Not a byte of the request was written: there was no connection, or the signal aborted before. */
  | { readonly kind: 'unsent'; readonly error: string; readonly durationMs: number };

/** Makes deliveries; `close` aborts those under way. */
export interface Deliverer {
  deliver(delivery: Delivery): Promise<DeliveryResult>;
  close(): Promise<void>;
}

/** Bytes of an answer that are stored; the rest is read and dropped. */
const STORED_OF_ANSWER = 64 * 1024;
const ANSWER_MS = 10_000;

export interface DelivererOptions extends ConnectionsOptions {
  /** Accepts every certificate of a host whose address is loopback or private. */
  readonly insecure?: boolean;
  /** How long to read an answer, in ms: it may stream for ever. The bytes that came by then are the answer. */
  readonly answerMs?: number;
}

/** A deliverer with connections of its own. */
export function createDeliverer(options: DelivererOptions = {}): Deliverer {
  const connections = createConnections(options);
  return {
    deliver: (delivery) => post(connections, delivery, options),
    async close() {
      connections.close();
    },
  };
}

function post(
  connections: Connections,
  delivery: Delivery,
  { insecure = false, answerMs = ANSWER_MS }: DelivererOptions,
): Promise<DeliveryResult> {
  return new Promise((resolve) => {
    const url = new URL(delivery.url);
    const began = performance.now();
    let exchange: Exchange | null = null;
    let cancel = () => {};
    let isOver = false;

    const end = (error: string | null) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      leave?.();
      const durationMs = performance.now() - began;
      const answer = exchange?.answer() ?? null;
      if (answer !== null) resolve({ kind: 'answered', ...answer, error, durationMs });
      else {
        const kind = exchange === null ? 'unsent' : 'silent';
        resolve({ kind, error: error ?? 'no answer', durationMs });
      }
    };
    const stop = (why: string) => {
      end(why);
      cancel();
    };
    let timer = setTimeout(() => stop(noAnswerIn(delivery.timeoutMs)), delivery.timeoutMs);
    const { signal } = delivery;
    const leave = signal && onAbort(signal, () => stop(STOPPED));
    if (signal?.aborted) return stop(STOPPED);

    const fail = (error: unknown) => end(describeFailure(error, insecure));
    cancel = connections.open(url, (error, socket) => {
      if (socket === null) return fail(error);
      if (isOver) return void socket.destroy();
      try {
        exchange = send(url, delivery, socket, {
          answered() {
            clearTimeout(timer);
            timer = setTimeout(() => stop(endless(answerMs)), answerMs);
          },
          ended: () => end(null),
          failed(error) {
            if (!isOver) connections.distrust(url);
            fail(error);
          },
          cut: (error) => end(describeCut(error)),
          free: () => connections.giveBack(url, socket, delivery.isMoreWaiting?.() ?? false),
        });
      } catch (invalid) {
        fail(invalid);
        socket.destroy();
      }
    });
  });
}

const STOPPED = 'stopped before an answer came';

function endless(ms: number): string {
  return `the answer did not end within ${ms / 1000} s; its beginning is stored`;
}

function noAnswerIn(ms: number): string {
  return `no answer within ${ms / 1000} s: check what the app does meanwhile, or wait longer with --timeout`;
}

/** The callbacks of one request: `failed`, or `answered` and then `ended` or `cut`. */
interface Steps {
  readonly failed: (error: unknown) => void;
  /** The headers of the answer came. */
  readonly answered: () => void;
  readonly ended: () => void;
  /** The answer broke off. */
  readonly cut: (error: unknown) => void;
  /** The connection could carry another request. */
  readonly free: () => void;
}

/** One request on a connection. */
interface Exchange {
  /** The answer as far as it has arrived; null before its headers. */
  answer(): { status: number; headers: RawHeaders; body: Buffer } | null;
}

/** Writes a request. Throws for headers that no request may have, before anything is written. */
function send(url: URL, delivery: Delivery, socket: Socket, steps: Steps): Exchange {
  const { headers, body, timeoutMs } = delivery;
  let response: IncomingMessage | null = null;
  const chunks: Buffer[] = [];
  let size = 0;
  const request = httpRequest({
    createConnection: () => socket,
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers: framed(url, headers, body.length),
  });
  // Without an agent Node expects the connection to end. It emits `free` where that need not be.
  request.shouldKeepAlive = true;
  socket.once('free', steps.free);
  const broken = (error: unknown) => {
    if (response === null) steps.failed(error);
    // What follows a whole answer belongs to no request; `end` is about to come.
    else if (!response.complete) steps.cut(error);
  };
  request.on('error', broken);
  request.on('upgrade', () => {
    steps.failed({ code: SWITCHED });
    socket.destroy();
  });
  request.on('response', (incoming) => {
    response = incoming;
    steps.answered();
    incoming.on('data', (chunk: Buffer) => {
      if (size < STORED_OF_ANSWER) chunks.push(chunk);
      size += chunk.length;
    });
    incoming.on('end', steps.ended).on('error', broken);
    incoming.on('end', () => {
      if (!request.writableFinished) closeUnread(request, socket, timeoutMs);
    });
  });
  request.end(body);
  return {
    answer: () =>
      response && {
        status: response.statusCode ?? 0,
        headers: response.rawHeaders,
        body: Buffer.concat(chunks).subarray(0, STORED_OF_ANSWER),
      },
  };
}

/** Closes a connection whose app has answered, and does not read the rest of the request within `ms`. */
function closeUnread(request: ClientRequest, socket: Socket, ms: number): void {
  const timer = setTimeout(() => socket.destroy(), ms);
  request.once('close', () => clearTimeout(timer));
}

/** Adds what frames a request on its connection. A `Host` of the caller's replaces that of the url. */
function framed(url: URL, headers: RawHeaders, length: number): string[] {
  const hasHost = valuesOf(headers, 'host').length > 0;
  return [
    ...(hasHost ? [] : ['host', url.host]),
    ...['connection', 'keep-alive'],
    ...headers,
    ...credentials(url),
    ...['content-length', String(length)],
  ];
}

/** The credentials of a url as a header. */
function credentials({ username, password }: URL): RawHeaders {
  if (username === '' && password === '') return [];
  const pair = `${decoded(username)}:${decoded(password)}`;
  return ['authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}

/** Percent-decodes; a `%` that encodes nothing leaves the text as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
