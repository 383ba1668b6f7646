/** The receiver: the local HTTP server that the vendor's webhook requests arrive at. It answers 200 only once the event is stored. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { LARGEST_BODY } from '../eazewa/request.ts';
import { readWebhook, type Webhook } from '../eazewa/webhook.ts';
import { CliError } from '../errors.ts';
import type { Proofs } from '../tunnel/proofs.ts';
import { createAdmittance, tooLarge } from './admission.ts';
import { createBudget } from './budget.ts';
import { createHolding } from './holding.ts';

/** A webhook request that was admitted. */
export interface Received {
  readonly webhook: Webhook;
  /** Names and values in turn as received, without any `x-eazewa-hooks-*`: those are ours to set. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/**
 * Why a request gets no answer. `not-stored`: its event waited too long for history. `too-many`: too
 * many connections were open, and not a byte of it was read. `too-slow`: it did not arrive in time.
 */
export type Unanswered = 'not-stored' | 'too-many' | 'too-slow';

export interface ReceiverOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly pathTokens: readonly string[];
  readonly proofs: Proofs;
  /** How long a request may take to come in, in ms (default 10 minutes). */
  readonly requestMs?: number;
  /** The most connections at one time (default 4096); one more is closed. If set, each connection carries one request. */
  readonly mostConnections?: number;
  readonly instanceId: string;
  /**
   * Stores an event and then calls `done`; until then the request stays unanswered.
   * `givenUp` says that its client is gone.
   */
  readonly store: (received: Received, done: () => void, givenUp: () => boolean) => void;
  /** A request was refused. `reason` is one clause; it may hold text from outside. */
  readonly rejected: (status: number, reason: string, size: number) => void;
  /** Called when this many connections were closed without an answer. */
  readonly unanswered: (cause: Unanswered, count: number) => void;
}

export interface Receiver {
  readonly port: number;
  /** Stops accepting, lets running requests end for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** A body of 64 MiB takes minutes over a slow line. */
const REQUEST_MS = 10 * 60_000;
/** The sum of bodies in memory, in bytes. */
const BODIES_IN_MEMORY = 4 * LARGEST_BODY;

/** Starts the receiver on 127.0.0.1. Throws a usage error when the port is taken or not allowed. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const admittance = createAdmittance(options.pathTokens, options.proofs);
  const budget = createBudget(BODIES_IN_MEMORY);
  const holding = createHolding((count) => options.unanswered('not-stored', count));

  const admit = (request: IncomingMessage, response: ServerResponse, goOn: () => void) => {
    // An idle connection would take one of the few.
    if (options.mostConnections !== undefined) response.shouldKeepAlive = false;
    const length = declaredLength(request);
    const { method = '', url = '' } = request;
    const admission = admittance.decide(method, url, length);
    if (admission.kind === 'answer') return response.end(admission.text);
    if (admission.kind === 'proof') {
      // A proof takes nothing of the budget: it must hold while webhooks wait for theirs.
      goOn();
      return admission.arrival.receive(request, response);
    }
    if (admission.kind === 'refuse') {
      return refuse(response, admission.status, admission.reason, length ?? 0);
    }
    const bytes = length ?? LARGEST_BODY;
    let state: 'queued' | 'reserved' | 'done' = 'queued';
    const giveUp = budget.reserve(bytes, () => {
      state = 'reserved';
      goOn();
      readBody(request, (body) => (body === null ? broken() : take(request, response, body)));
    });
    const broken = () => {
      const { status, reason } = tooLarge();
      refuse(response, status, reason, LARGEST_BODY);
    };
    whenOver(response, () => {
      if (state === 'queued') giveUp();
      else if (state === 'reserved') budget.release(bytes);
      state = 'done';
      holding.release(response);
    });
  };

  const take = (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const webhook = readWebhook(body);
    if ('reason' in webhook) return refuse(response, 400, webhook.reason, body.length);
    if (webhook.instanceId !== null && webhook.instanceId !== options.instanceId) {
      return refuse(response, 401, 'an event of another instance', body.length);
    }
    holding.hold(response);
    const received = { webhook, headers: withoutOurs(request.rawHeaders), body };
    options.store(
      received,
      () => {
        holding.release(response);
        response.end('ok');
      },
      () => response.destroyed || request.socket.destroyed,
    );
  };

  const refuse = (response: ServerResponse, status: number, reason: string, size: number) => {
    options.rejected(status, reason, size);
    if (status === 405) response.setHeader('allow', 'GET, POST');
    response.statusCode = status;
    response.end(`${reason}\n`);
  };

  const { requestMs = REQUEST_MS, mostConnections = 4096 } = options;
  const server = createServer({
    headersTimeout: Math.min(15_000, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(30_000, requestMs),
    keepAliveTimeout: 65_000,
    maxHeaderSize: 32 * 1024,
  });
  server.maxConnections = mostConnections;
  // A client may send any number of requests ahead, and each waits for the end of its connection.
  server.on('connection', (socket) => socket.setMaxListeners(0));
  server.on('drop', () => options.unanswered('too-many', 1));
  server.on('request', (request, response) => admit(request, response, () => {}));
  server.on('checkContinue', (request, response) =>
    admit(request, response, () => response.writeContinue()),
  );
  server.on('clientError', (error, socket) => {
    if (codeOf(error) === 'ERR_HTTP_REQUEST_TIMEOUT') options.unanswered('too-slow', 1);
    endMalformed(error, socket as Socket);
  });
  await listen(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => {
      holding.close();
      return closeServer(server, graceMs);
    },
  };
}

/** Ends a connection whose request is malformed or too slow. */
function endMalformed(error: Error, socket: Socket): void {
  const code = codeOf(error);
  // Node would answer 408, and the vendor never repeats a request that got an answer (VENDOR §2).
  const isSlow = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (isSlow || !socket.writable || socket.bytesWritten > 0) return void socket.destroy();
  const status =
    code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
}

/**
 * Calls `over` once, when the response or its connection has ended. A response that waits behind
 * another one of its connection has no socket yet, and gets no event when the connection closes.
 */
function whenOver(response: ServerResponse, over: () => void): void {
  const { socket } = response.req;
  const once = () => {
    socket.off('close', once);
    response.off('close', once);
    over();
  };
  socket.on('close', once);
  response.on('close', once);
}

/** Collects a body; null when it is larger than allowed. `done` is not called for a body that breaks off. */
function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_BODY) return void chunks.push(chunk);
    request.off('data', collect).off('end', finish).resume();
    done(null);
  };
  const finish = () => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  request.on('data', collect).on('end', finish);
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function declaredLength(request: IncomingMessage): number | null {
  const value = request.headers['content-length'];
  return value === undefined ? null : Number(value);
}

const OURS = /^x-eazewa-hooks-/i;

function withoutOurs(headers: readonly string[]): readonly string[] {
  if (!headers.some((name, index) => index % 2 === 0 && OURS.test(name))) return headers;
  return headers.filter((_, index) => !OURS.test(headers[index - (index % 2)] ?? ''));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(error, port)));
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') return error;
  const why = error.code === 'EACCES' ? 'is not allowed' : 'is in use';
  return new CliError('usage', 'port_in_use', `port ${port} of 127.0.0.1 ${why}`, {
    hint: 'Name another port with --receiver-port, or leave the option out for any free port.',
    cause: error,
  });
}

const SWEEP_MS = 20;

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // A connection that becomes idle from now on would stay open for a next request.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
