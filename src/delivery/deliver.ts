/** `deliver()`: one POST of exact bytes. It never sends twice and follows no redirect. */

import { Agent, type Dispatcher } from 'undici';
import { isPrivateHost } from './target.ts';

/** Header names and values in turn. */
export type RawHeaders = readonly string[];

/** One POST to make. */
export interface Delivery {
  readonly url: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
  /** How long to wait for the answer, in ms. */
  readonly timeoutMs: number;
  /** Aborts the delivery: what was written by then stays written. */
  readonly signal?: AbortSignal;
}

/** The result of a delivery. */
export type DeliveryResult =
  /** A response came; `body` has its first {@link STORED_OF_ANSWER} bytes. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: RawHeaders;
      readonly body: Buffer;
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
/** How long to read a response, in ms. It may stream for ever: the bytes that came by then are the answer. */
const ANSWER_BODY_MS = 10_000;
/**
 * How long a connection stays open for the next request, in ms. The app may close an idle connection
 * just when a request is written to it, and what was written is never sent again.
 */
const IDLE_CONNECTION_MS = 500;

export interface DelivererOptions {
  /** Accepts self-signed certificates of loopback and private hosts. */
  readonly insecure?: boolean;
  /** The most connections to one host; unlimited by default. */
  readonly connections?: number;
}

/** A deliverer with connections of its own. */
export function createDeliverer(options: DelivererOptions = {}): Deliverer {
  const agentOf = (rejectUnauthorized: boolean) =>
    new Agent({
      connections: options.connections ?? null,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      keepAliveMaxTimeout: IDLE_CONNECTION_MS,
      connect: { timeout: 10_000, rejectUnauthorized },
    });
  const strict = agentOf(true);
  const lenient = options.insecure === true ? agentOf(false) : null;
  return {
    deliver(delivery) {
      const url = new URL(delivery.url);
      const agent = lenient !== null && isPrivateHost(url.hostname) ? lenient : strict;
      return post(agent, url, delivery);
    },
    async close() {
      await Promise.all([strict.destroy(), lenient?.destroy()]);
    },
  };
}

function post(agent: Dispatcher, url: URL, delivery: Delivery): Promise<DeliveryResult> {
  return new Promise((resolve) => {
    const began = performance.now();
    const answer = { status: 0, headers: [] as RawHeaders, chunks: [] as Buffer[], size: 0 };
    let controller: Dispatcher.DispatchController | null = null;
    let over = false;

    const end = (error: string | null) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      delivery.signal?.removeEventListener('abort', giveUp);
      const durationMs = performance.now() - began;
      if (answer.status > 0) {
        const body = Buffer.concat(answer.chunks).subarray(0, STORED_OF_ANSWER);
        const { status, headers } = answer;
        resolve({ kind: 'answered', status, headers, body, durationMs });
      } else {
        const kind = controller === null ? 'unsent' : 'silent';
        resolve({ kind, error: error ?? 'no answer', durationMs });
      }
    };
    const stop = (why: string) => {
      end(why);
      controller?.abort(new Error(why));
    };
    const giveUp = () => stop('stopped before an answer came');
    let timer = setTimeout(
      () => stop(`no answer within ${delivery.timeoutMs / 1000} s`),
      delivery.timeoutMs,
    );
    delivery.signal?.addEventListener('abort', giveUp);
    if (delivery.signal?.aborted) return giveUp();

    agent.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: withCredentials(url, delivery.headers) as string[],
        body: delivery.body,
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      {
        // Called on a connected socket, right before the first byte is written.
        onRequestStart(started) {
          if (over) started.abort(new Error('given up'));
          else controller = started;
        },
        onResponseStart(started, status) {
          if (status < 200) return;
          answer.status = status;
          answer.headers = rawHeaders(started);
          clearTimeout(timer);
          timer = setTimeout(() => stop('an answer that did not end'), ANSWER_BODY_MS);
        },
        onResponseData(_, chunk) {
          if (answer.size < STORED_OF_ANSWER) answer.chunks.push(chunk);
          answer.size += chunk.length;
        },
        onResponseEnd: () => end(null),
        onResponseError: (_, error) => end(describe(error)),
      },
    );
  });
}

/** Adds the credentials of a url as a header: undici drops them. */
function withCredentials(url: URL, headers: RawHeaders): RawHeaders {
  if (url.username === '' && url.password === '') return headers;
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return [...headers, 'authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}

/** Percent-decodes; a `%` that encodes nothing leaves the text as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rawHeaders(controller: Dispatcher.DispatchController): RawHeaders {
  const { rawHeaders: raw } = controller as { rawHeaders?: readonly (Buffer | string)[] };
  return raw?.map((part) => part.toString('latin1' as BufferEncoding)) ?? [];
}

const IN_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name could not be resolved',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_SOCKET: 'the connection was closed before an answer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'a self-signed certificate (--insecure accepts it)',
  SELF_SIGNED_CERT_IN_CHAIN: 'a self-signed certificate (--insecure accepts it)',
};

/** A network failure in a few words. Where ::1 and 127.0.0.1 both fail, Node throws an AggregateError. */
function describe(error: Error & { code?: string; errors?: readonly unknown[] }): string {
  const inner = error.errors?.[0];
  const code = error.code ?? (inner instanceof Error ? (inner as { code?: string }).code : '');
  return IN_WORDS[code ?? ''] ?? code ?? error.message;
}
