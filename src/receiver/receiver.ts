/** The receiver: the local HTTP server that the vendor's webhook requests arrive at. It answers 200 only once the event is stored. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ACCEPTED_ENCODINGS, decode } from '../eazewa/content-encoding.ts';
import { LARGEST_BODY } from '../eazewa/request.ts';
import { readWebhook, type Webhook } from '../eazewa/webhook.ts';
import { CliError } from '../errors.ts';
import type { Proofs } from '../tunnel/proofs.ts';
import { createAdmittance, tooLarge } from './admission.ts';
import { type Connection, followConnections } from './connections.ts';
import { createHolding } from './holding.ts';
import { endMalformed, judge } from './malformed.ts';
import { createRoom, type Share } from './room.ts';

/** A webhook request that was admitted. */
export interface Received {
  readonly webhook: Webhook;
  /** Names and values in turn as received, without any `x-eazewa-hooks-*`: those are ours to set. */
  readonly headers: readonly string[];
  /** The exact bytes, compressed where the request says so. */
  readonly body: Buffer;
}

/**
 * Why a connection was closed without an answer. `not-stored`: an event waited too long for history.
 * `too-many`: too many were open, and not a byte of it was read. `idle`: too many were open, and it had
 * no request. `too-slow`: a request stalled, or did not arrive in time.
 */
export type Unanswered = 'not-stored' | 'too-many' | 'idle' | 'too-slow';

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
  /**
   * A request was refused. `status` is null where it got no answer. `reason` is one clause; it may
   * hold text from outside.
   */
  readonly rejected: (status: number | null, reason: string, size: number) => void;
  /** Called when this many connections were closed without an answer. */
  readonly unanswered: (cause: Unanswered, count: number) => void;
}

export interface Receiver {
  readonly port: number;
  /** From now on each answer ends its connection; an idle connection stays open until {@link close}. */
  retire(): void;
  /** Stops accepting, lets running requests end for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** A body of 64 MiB takes minutes over a slow line. */
const REQUEST_MS = 10 * 60_000;
/** Longer than any proxy's pool keeps an idle connection: only the proxy can tell that it is not in use. */
const IDLE_MS = 10 * 60_000;
/** Where each connection carries one request, one without a request is of no use. */
const UNUSED_MS = 15_000;
const MOST_CONNECTIONS = 4096;

/** Starts the receiver on 127.0.0.1. Throws a usage error when the port is taken or not allowed. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const admittance = createAdmittance(options.pathTokens, options.proofs);
  const room = createRoom();
  const holding = createHolding((count) => options.unanswered('not-stored', count));
  const isSingle = options.mostConnections !== undefined;
  const server = newServer(options.requestMs ?? REQUEST_MS, isSingle);
  const connections = followConnections(server, {
    most: options.mostConnections ?? MOST_CONNECTIONS,
    closed: options.unanswered,
  });
  let isRetiring = false;

  const admit = (request: IncomingMessage, response: ServerResponse, goOn: () => void) => {
    const connection = connections.of(request.socket);
    connections.began(connection, request);
    const share = room.share(connection);
    connection.share = share;
    whenOver(response, () => {
      share.release();
      holding.release(response);
      connections.ended(connection);
    });
    // An idle connection would take one of the few.
    if (isSingle) response.shouldKeepAlive = false;
    const length = declaredLength(request);
    const { method = '', url = '' } = request;
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      return refuse(connection, response, 400, 'no Host header', length ?? 0);
    }
    const admission = admittance.decide(method, url, length);
    if (admission.kind === 'answer') return end(connection, response, admission.text);
    if (admission.kind === 'proof') {
      // A proof takes nothing of the room: it must hold while webhooks wait for theirs.
      goOn();
      return admission.arrival.receive(request, response);
    }
    if (admission.kind === 'refuse') {
      return refuse(connection, response, admission.status, admission.reason, length ?? 0);
    }
    goOn();
    readBody(request, share, (body) => {
      if (body !== null) return take(connection, request, response, body);
      const { status, reason } = tooLarge();
      refuse(connection, response, status, reason, LARGEST_BODY);
    });
  };

  const take = (
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ) => {
    const encoding = request.headers['content-encoding'];
    const text = encoding === undefined ? body : decode(encoding, body);
    // A wrong Content-Encoding must not end the retries of a body that can be read as it is.
    const webhook = readWebhook('reason' in text ? body : text);
    if ('reason' in webhook) {
      const { status, reason } = 'reason' in text ? text : { status: 400, reason: webhook.reason };
      if (status === 415) response.setHeader('accept-encoding', ACCEPTED_ENCODINGS);
      return refuse(connection, response, status, reason, body.length);
    }
    if (webhook.instanceId !== null && webhook.instanceId !== options.instanceId) {
      return refuse(connection, response, 401, 'an event of another instance', body.length);
    }
    holding.hold(response);
    const received = { webhook, headers: withoutOurs(request.rawHeaders), body };
    options.store(
      received,
      () => {
        holding.release(response);
        end(connection, response, 'ok');
      },
      () => response.destroyed || request.socket.destroyed,
    );
  };

  const refuse = (
    connection: Connection,
    response: ServerResponse,
    status: number,
    reason: string,
    size: number,
  ) => {
    options.rejected(status, reason, size);
    if (status === 405) response.setHeader('allow', 'GET, POST');
    response.statusCode = status;
    end(connection, response, `${reason}\n`);
  };

  const end = ({ open }: Connection, response: ServerResponse, text: string) => {
    // Requests sent ahead on the connection are still to be answered.
    if (isRetiring && open === 1) response.shouldKeepAlive = false;
    response.end(text);
  };

  server.on('request', (request, response) => admit(request, response, () => {}));
  server.on('checkContinue', (request, response) =>
    admit(request, response, () => response.writeContinue()),
  );
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    options.rejected(417, 'an unknown Expect header', declaredLength(request) ?? 0);
    response.writeHead(417, { connection: 'close' }).end();
  });
  server.on('connect', (_request, socket: Socket) => {
    options.rejected(405, 'the method CONNECT', 0);
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n');
  });
  server.on('clientError', (error, stream) => {
    const socket = stream as Socket;
    if ((error as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      // One that never had a byte is an idle connection: nothing is lost with it.
      if (socket.bytesRead > 0) options.unanswered('too-slow', 1);
      // Node would answer 408, and the vendor never repeats a request that got an answer (VENDOR §2).
      return void socket.destroy();
    }
    // More of a request that has its answer.
    if (socket.writableEnded) return void socket.destroy();
    const malformed = judge(error, connections.of(socket));
    if (malformed !== null) options.rejected(malformed.status, malformed.reason, 0);
    endMalformed(socket, malformed?.status ?? null);
  });
  await listen(server, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    retire() {
      isRetiring = true;
    },
    close(graceMs) {
      holding.close();
      return closeServer(server, graceMs).finally(connections.close);
    },
  };
}

/** The HTTP server. `isSingle`: each connection carries one request. */
function newServer(requestMs: number, isSingle: boolean): Server {
  const server = createServer({
    // Counts for a connection that never had a byte, too; a slow head ends sooner (`connections.ts`).
    headersTimeout: Math.min(isSingle ? UNUSED_MS : IDLE_MS, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(30_000, requestMs),
    keepAliveTimeout: IDLE_MS,
    maxHeaderSize: 32 * 1024,
    // The receiver refuses it itself, and reports that.
    requireHostHeader: false,
  });
  // 32 KiB of headers are stored and forwarded, however many they are.
  server.maxHeadersCount = 0;
  return server;
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
function readBody(
  request: IncomingMessage,
  share: Share,
  done: (body: Buffer | null) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const goOn = () => void request.resume();
  const collect = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_BODY) {
      chunks.push(chunk);
      if (!share.take(chunk.length, goOn)) request.pause();
      return;
    }
    request.off('data', collect).off('end', finish).resume();
    done(null);
  };
  const finish = () => {
    share.whole();
    done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  };
  request.on('data', collect).on('end', finish);
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
