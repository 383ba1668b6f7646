/** Proves the loop: a request to the public url must end at this listener. */

import { Agent, request } from 'undici';
import { CliError } from '../errors.ts';
import { ngrokWords } from './ngrok-errors.ts';

const LONGEST_ANSWER = 1024;

interface Probe {
  readonly url: string;
  /** The answer that only this listener can give. */
  readonly expected: string;
  /** `url` as it may be shown. */
  readonly shown: string;
  /** Where the url must lead to, for the hint. */
  readonly localUrl: string;
  /** For the whole of it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Requests the probe's url. Throws `loop_not_proven` (tunnel), which says what was answered instead. */
export async function proveLoop(probe: Probe): Promise<void> {
  const agent = new Agent({ connect: { timeout: probe.timeoutMs } });
  try {
    const said = await ask(probe, agent);
    if (said !== probe.expected) throw failure(probe, 'another server answers there');
  } catch (error) {
    if (error instanceof CliError || probe.signal.aborted) throw error;
    throw failure(probe, reasonOf(error), error);
  } finally {
    await agent.destroy();
  }
}

async function ask(probe: Probe, dispatcher: Agent): Promise<string> {
  const { url, timeoutMs, signal } = probe;
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal.reason);
  const timer = setTimeout(() => {
    stop.abort(new Error(`no answer within ${timeoutMs / 1000} s`));
  }, timeoutMs);
  signal.addEventListener('abort', giveUp);
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher, signal: stop.signal });
    if (statusCode !== 200) throw answered(probe, statusCode, headers['ngrok-error-code']);
    let text = '';
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length > LONGEST_ANSWER) break;
    }
    return text;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** Another status than 200. ngrok says why it answers in our place. */
function answered(probe: Probe, status: number, code: unknown): CliError {
  if (typeof code !== 'string' || !/^ERR_NGROK_\d{1,6}$/.test(code)) {
    return failure(probe, `it answers ${status}`);
  }
  const words = ngrokWords(code);
  const message = `${probe.shown} does not lead here: ${words?.message ?? `it answers ${status}`} (${code})`;
  const hint = words?.hint ?? `https://ngrok.com/docs/errors/${code.toLowerCase()}`;
  return new CliError('tunnel', 'loop_not_proven', message, { hint });
}

function failure(probe: Probe, why: string, cause?: unknown): CliError {
  return new CliError('tunnel', 'loop_not_proven', `${probe.shown} does not lead here: ${why}`, {
    hint: `Have it forward every request to ${probe.localUrl} (--receiver-port chooses the port).`,
    cause,
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return message || code || 'no answer';
}
