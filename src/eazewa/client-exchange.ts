/** One HTTP request to the vendor and its answer, bounded in time and size; no retries, no judgement. */

import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { CliError } from '../errors.ts';
import { maskUrl } from '../platform/mask-url.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What is sent. */
export interface Question {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How long an answer may take (ms), and how long it may be (bytes). */
export interface Bounds {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What came back, whatever its status. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | null;
  readonly retryAfter: string | null;
}

/** No answer came within the time allowed (ms). */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The proxy for a url, as a url itself, or null. Only https goes through one. */
export function proxyFor(apiUrl: string, env: Env): string | null {
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  if (!proxy || !apiUrl.startsWith('https:')) return null;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

/**
 * The connections to the API. The environment is handed in: undici's own look at `process.env` is
 * shut out by explicit values. Throws `invalid_proxy` (usage) for a proxy that is no url.
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
 * Sends a question and reads the whole answer. Redirects are not followed: they would take the API
 * token elsewhere. Throws {@link NoAnswerError} after `timeoutMs`, the signal's reason when that
 * aborts, `vendor_unexpected` for an answer of more than `maxBytes`, else what the network said.
 */
export async function exchange(
  question: Question,
  dispatcher: Dispatcher,
  { timeoutMs, maxBytes }: Bounds,
  signal?: AbortSignal,
): Promise<Answer> {
  signal?.throwIfAborted();
  // Not AbortSignal.any with AbortSignal.timeout: on Node 20 the pair can be collected unfired.
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new NoAnswerError(timeoutMs)), timeoutMs);
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const { url, ...rest } = question;
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
    signal?.removeEventListener('abort', onAbort);
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
