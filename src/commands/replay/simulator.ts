/** Makes a simulator on this machine emit an event on one of its instances. */

import * as z from 'zod';
import { dispatcherFor, exchange } from '../../eazewa/client-exchange.ts';
import { CliError, messageOf } from '../../errors.ts';
import type { Overrides } from '../../fixtures/override.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { ApiAccess } from '../../takeover/options.ts';

/** The body of `POST /_simulator/emit`. */
export interface Emission {
  /** The simulator's first instance where it is absent. */
  readonly instanceId?: string;
  readonly fixture?: string;
  /** JSON, which is sent as it is written. */
  readonly body?: Buffer;
  readonly set: Overrides['set'];
  readonly fresh: boolean;
}

/** The time for the answer, in ms, and its largest size, in bytes. */
const BOUNDS = { timeoutMs: 10_000, maxBytes: 64 * 1024 };

const emittedAnswer = z.object({ emitted: z.number(), reason: z.string().optional() });
const refusalAnswer = z.object({ message: z.string() });

/**
 * Has the simulator behind an API url emit an event. Throws `no_listener` (usage)
 * where there is no simulator, `api_token_refused` (auth), and `not_emitted` (usage) with its reason.
 */
export async function emitBySimulator(
  { apiUrl, apiToken, tokenName }: ApiAccess,
  emission: Emission,
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(apiUrl);
  // Only loopback is asked, which no proxy serves.
  const dispatcher = dispatcherFor(apiUrl, {}, BOUNDS.timeoutMs);
  const sent = {
    method: 'POST',
    url: new URL('/_simulator/emit', apiUrl).href,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    body: requestOf(emission),
  } as const;
  try {
    const { status, text } = await exchange(sent, dispatcher, BOUNDS, signal).catch((cause) => {
      throw noSimulator(host, messageOf(cause), cause);
    });
    if (status === 401) {
      const message = `The simulator at ${host} refused ${tokenName}`;
      throw new CliError('auth', 'api_token_refused', message, {
        hint: 'Use the API token that `eazewa-hooks simulate` printed or was given.',
      });
    }
    const { emitted, reason } = read(emittedAnswer, text) ?? { emitted: 0 };
    if (emitted > 0) return;
    const refusal = reason ?? read(refusalAnswer, text)?.message;
    if (refusal === undefined) throw noSimulator(host, `it answered ${status}`);
    throw new CliError('usage', 'not_emitted', `Nothing was sent: ${safeText(refusal, 300)}`, {
      hint: 'See its webhook and events with: eazewa-hooks webhook show',
    });
  } finally {
    await dispatcher.close();
  }
}

function requestOf({ body, set, ...rest }: Emission): string {
  const values = Object.entries(rest).map(([key, value]) => [key, JSON.stringify(value)] as const);
  const given = body === undefined ? [] : ([['body', String(body)]] as const);
  return jsonOf([...values, ...given, ['set', jsonOf(set)]]);
}

/** A JSON object of keys and values in JSON. */
function jsonOf(members: readonly (readonly [key: string, json: string])[]): string {
  return `{${members.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`;
}

function read<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function noSimulator(host: string, why: string, cause?: unknown): CliError {
  const message = `No listener runs on this machine, and no simulator answers at ${host} (${safeText(why, 200)})`;
  return new CliError('usage', 'no_listener', message, {
    hint: 'Start one: eazewa-hooks listen 3000 --simulate, or eazewa-hooks simulate',
    cause,
  });
}
