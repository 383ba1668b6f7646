/** One HTTP request to the vendor, bounded in time and size, without retries. */

import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { onAbort } from '../platform/on-abort.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The request to send. */
export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The limits of an answer: time in ms, size in bytes. */
export interface Bounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** An answer with any status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly retryAfter: string | null;
}

/** No answer came within `timeoutMs`. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The url of the proxy for an API url; null without one. Only https uses a proxy. */
export function proxyFor(apiUrl: string, env: Env): string | null {
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  if (!proxy || !apiUrl.startsWith('https:')) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/**
 * The connections to the API, with the proxy of `env`. Explicit values keep undici from reading
 * `process.env`. Throws `invalid_proxy` (usage) for a proxy that is no url.
 */
export function dispatcherFor(apiUrl: string, env: Env, timeoutMs: number): Dispatcher {
  const options = { connect: { timeout: timeoutMs } };
  const httpsProxy = proxyFor(apiUrl, env);
  if (httpsProxy === null) return new Agent(options);
  const noProxy = env.NO_PROXY ?? env.no_proxy ?? '';
  try {
    return new EnvHttpProxyAgent({ ...options, httpProxy: '', httpsProxy, noProxy });
  } catch (cause) {
    const message = `The proxy ${maskUrl(httpsProxy)} cannot be used`;
    throw new CliError('usage', 'invalid_proxy', message, {
      hint: 'HTTPS_PROXY must be a url such as http://127.0.0.1:3128.',
      cause,
    });
  }
}

/**
 * Sends a request and reads the whole answer. Does not follow redirects, which would send the API
 * token elsewhere. Throws {@link NoAnswerError} after `timeoutMs`, the signal's reason on abort,
 * `vendor_unexpected` for more than `maxBytes`, else the network's error.
 */
export async function exchange(
  sent: ApiRequest,
  dispatcher: Dispatcher,
  { timeoutMs, maxBytes }: Bounds,
  signal?: AbortSignal,
): Promise<Answer> {
  signal?.throwIfAborted();
  // Not AbortSignal.any with AbortSignal.timeout: on Node 20 the pair can be collected unfired.
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new NoAnswerError(timeoutMs)), timeoutMs);
  const leave = signal && onAbort(signal, () => stop.abort(signal.reason));
  try {
    const { url, ...rest } = sent;
    const answer = await request(url, { ...rest, dispatcher, signal: stop.signal });
    return {
      status: answer.statusCode,
      text: await bounded(answer.body, maxBytes),
      location: one(answer.headers.location),
      retryAfter: one(answer.headers['retry-after']),
    };
  } catch (error) {
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    leave?.();
  }
}

async function bounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `The API's answer is longer than ${maxBytes} bytes`;
      throw new CliError('vendor', 'vendor_unexpected', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function one(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null;
}
