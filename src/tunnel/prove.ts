/** Proves the loop: requests like a webhook's, sent to the public url, must end at this listener with every byte. */

import { timingSafeEqual } from 'node:crypto';
import { Agent, type Dispatcher, request } from 'undici';
import { USER_AGENTS, webhookHeaders } from '../eazewa/request.ts';
import { CliError } from '../errors.ts';
import { onAbort } from '../platform/on-abort.ts';
import { ngrokWords } from './ngrok-errors.ts';
import type { Announced, ProofMethod, Proofs } from './proofs.ts';

/** How a listener proves its urls. */
export interface ProverOptions {
  readonly proofs: Proofs;
  /** `size` random bytes: nothing on the way can compress them. */
  readonly random: (size: number) => Buffer;
  /** Where a url must lead to, for the hint. */
  readonly localUrl: string;
  /** A url as it may be shown. */
  readonly show: (url: string) => string;
  /** How long the large proof may take, in ms (default 40 s: its body goes out and comes in over one line). */
  readonly largeMs?: number;
}

/** Proves that a url, without a slash at its end, leads here. A small request may take `timeoutMs`. */
export type Prove = (url: string, timeoutMs: number, signal: AbortSignal) => Promise<void>;

/** A url that must lead to this listener. */
interface Loop extends ProverOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Why a request did not prove the loop. */
interface Failure {
  /** The outcome of the request, as the predicate of "a POST". */
  readonly outcome: string;
  /** Whether the same request would fail again: something answered it, or changed its body. */
  readonly isCertain: boolean;
  readonly hint?: string;
  readonly cause?: unknown;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The bodies of the two proofs, in bytes. An event with a photo is as large as the second. */
const SMALL = 500;
const LARGE = 200_000;
const LARGE_MS = 40_000;
/** How long a GET may take that only tells more of a failure, in ms. */
const DIAGNOSIS_MS = 3000;
const LONGEST_ANSWER = 1024;

/**
 * Proves urls, each by a POST of 500 bytes. A url other than the last one must pass 200 kB as well, and
 * where it fails, smaller requests tell what it does pass. A known url gets only the small request: a
 * free ngrok account counts requests and bytes. Throws tunnel errors: `webhooks_not_passed` where only
 * smaller requests arrive, `loop_not_proven` where none does, or where a retry may help.
 */
export function createProver(options: ProverOptions): Prove {
  let proven: string | null = null;
  return async (url, timeoutMs, signal) => {
    await proveLoop({ ...options, url, timeoutMs, signal }, url !== proven);
    proven = url;
  };
}

async function proveLoop(loop: Loop, isNew: boolean): Promise<void> {
  // Without keep-alive: a proxy may close a connection that it does not announce to close.
  const agent = new Agent({ connect: { timeout: loop.timeoutMs }, pipelining: 0 });
  const send = (method: ProofMethod, size: number, ms: number) =>
    attempt({ loop, agent, method, body: bodyOf(size, loop.random), ms });
  try {
    const small = await send('POST', SMALL, loop.timeoutMs);
    if (small !== null) {
      const isGetFine = isNew && (await send('GET', 0, DIAGNOSIS_MS)) === null;
      throw isGetFine ? notPassed(loop, 'a POST', small, 'a GET') : elsewhere(loop, small);
    }
    const large = isNew ? await send('POST', LARGE, loop.largeMs ?? LARGE_MS) : null;
    if (large !== null) throw notPassed(loop, 'a POST of 200 kB', large, 'one of 500 bytes');
  } finally {
    await agent.destroy();
  }
}

/** A body like a webhook's of so many bytes. */
function bodyOf(size: number, random: (size: number) => Buffer): Buffer {
  if (size === 0) return Buffer.alloc(0);
  const [head, tail] = ['{"event":"proof","data":"', '"}'];
  const length = size - head.length - tail.length;
  return Buffer.from(`${head}${random(length).toString('base64').slice(0, length)}${tail}`);
}

interface Attempt {
  readonly loop: Loop;
  readonly agent: Dispatcher;
  readonly method: ProofMethod;
  readonly body: Buffer;
  readonly ms: number;
}

/** Sends one proof. Resolves to null when it holds. Throws ngrok's own errors, and the reason of an abort. */
async function attempt({ loop, agent, method, body, ms }: Attempt): Promise<Failure | null> {
  const proof = loop.proofs.announce(method, body);
  try {
    const answer = await ask(`${loop.url}${proof.path}`, { agent, method, body }, ms, loop.signal);
    const isProven = answer.status === 200 && isSame(answer.text, proof.expected);
    return isProven ? null : judge(loop, answer, proof, body.length);
  } catch (error) {
    if (error instanceof CliError || loop.signal.aborted) throw error;
    const { arrived, isWhole } = proof;
    const part = arrived === null || isWhole ? '' : `; ${sizeText(arrived)} of it arrived`;
    return { outcome: `fails (${reasonOf(error)}${part})`, isCertain: false, cause: error };
  } finally {
    proof.end();
  }
}

async function ask(
  url: string,
  { agent, method, body }: Pick<Attempt, 'agent' | 'method' | 'body'>,
  ms: number,
  signal: AbortSignal,
): Promise<Answer> {
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal.reason);
  const timer = setTimeout(() => stop.abort(new Error(`no answer within ${ms / 1000} s`)), ms);
  const leave = onAbort(signal, giveUp);
  if (signal.aborted) giveUp();
  try {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers: webhookHeaders(USER_AGENTS.waapi),
      body: method === 'POST' ? body : null,
      signal: stop.signal,
    });
    let text = '';
    for await (const chunk of answer.body) {
      text += String(chunk);
      if (text.length > LONGEST_ANSWER) break;
    }
    return { status: answer.statusCode, headers: answer.headers, text };
  } finally {
    clearTimeout(timer);
    leave();
  }
}

function isSame(text: string, expected: string): boolean {
  const [given, right] = [Buffer.from(text), Buffer.from(expected)];
  return given.length === right.length && timingSafeEqual(given, right);
}

/** What an answer that is no proof tells. */
function judge(loop: Loop, { status, headers }: Answer, proof: Announced, size: number): Failure {
  const code = headers['ngrok-error-code'];
  if (typeof code === 'string' && /^ERR_NGROK_\d{1,6}$/.test(code)) {
    throw ngrokAnswered(loop, status, code);
  }
  const isCertain = true;
  if (status >= 300 && status < 400) {
    const to = originOf(headers.location, loop.url);
    return {
      outcome: `is redirected to ${to ?? 'another url'} (${status})`,
      isCertain,
      hint: `The vendor does not follow redirects: name the url that they lead to.`,
    };
  }
  if (status >= 400 && status < 500) return { outcome: `is refused (${status})`, isCertain };
  const change = altered(proof, size);
  if (change !== null) return { ...change, isCertain };
  if (status !== 200) return { outcome: `is answered with ${status}`, isCertain };
  if (!/html/i.test(String(headers['content-type']))) {
    return { outcome: 'is answered by another server', isCertain };
  }
  return {
    outcome: 'is answered by a web page',
    isCertain,
    hint: 'Check whether a login or a warning page stands in front of it: the vendor cannot pass one.',
  };
}

/** What happened to the body of a request that came in here; null for one that did not, or that came whole. */
function altered(
  { arrived, isWhole }: Announced,
  size: number,
): Pick<Failure, 'outcome' | 'hint'> | null {
  if (arrived === null || isWhole) return null;
  const hint = 'Have it pass the body of each request on as it is, whatever its size.';
  if (arrived === 0) return { outcome: 'loses its body on the way', hint };
  if (arrived >= size) return { outcome: 'has another body when it arrives', hint };
  return { outcome: `is cut to ${sizeText(arrived)} on the way`, hint };
}

function sizeText(bytes: number): string {
  return bytes < 1000 ? `${bytes} bytes` : `${Math.floor(bytes / 1000)} kB`;
}

function originOf(location: unknown, base: string): string | null {
  if (typeof location !== 'string' || !URL.canParse(location, base)) return null;
  const { origin } = new URL(location, base);
  return origin === 'null' ? null : origin;
}

/** ngrok's edge answered, and says why. */
function ngrokAnswered({ show, url }: Loop, status: number, code: string): CliError {
  const words = ngrokWords(code);
  const message = `${show(url)} does not lead here: ${words?.message ?? `it answers ${status}`} (${code})`;
  const hint = words?.hint ?? `https://ngrok.com/docs/errors/${code.toLowerCase()}`;
  return new CliError('tunnel', 'loop_not_proven', message, { hint });
}

function elsewhere({ show, url, localUrl }: Loop, { outcome, hint, cause }: Failure): CliError {
  return new CliError(
    'tunnel',
    'loop_not_proven',
    `${show(url)} does not lead here: a POST ${outcome}`,
    {
      hint:
        hint ?? `Have it forward every request to ${localUrl} (--receiver-port chooses the port).`,
      cause,
    },
  );
}

/** `what` fails, and `less` arrives. */
function notPassed(
  { show, url, localUrl }: Loop,
  what: string,
  { outcome, isCertain, hint, cause }: Failure,
  less: string,
): CliError {
  const code = isCertain ? 'webhooks_not_passed' : 'loop_not_proven';
  const message = `${show(url)} does not pass webhooks on: ${what} ${outcome}, and ${less} arrives`;
  const check =
    less === 'a GET'
      ? 'the methods that it allows, a login, and a firewall'
      : 'the largest body that it accepts (nginx: client_max_body_size) and its timeouts; an event with media has megabytes';
  return new CliError('tunnel', code, message, {
    hint: hint ?? `Have it forward every POST to ${localUrl}. Check ${check}.`,
    cause,
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return message || code || 'no answer';
}
