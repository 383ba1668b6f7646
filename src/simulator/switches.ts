/** Switches: choices where the vendor's webhooks are not known for sure (VENDOR §1). */

import { isObject, type JsonObject, objectIn, textIn } from '../eazewa/json.ts';
import type { USER_AGENTS } from '../eazewa/request.ts';
import { CliError } from '../errors.ts';
import type { WebhookBody } from '../fixtures/load.ts';
import { didYouMean, nearest } from '../platform/nearest.ts';
import { numericId } from './instances.ts';

/** Every switch with its choices, the default first. `fixture` leaves the fixture unchanged. */
export const SWITCHES = {
  /** The type of the instance's id in a webhook's body: both were seen (VENDOR §1.3). */
  instanceId: ['string', 'number'],
  /** The key of the receipt in a message_ack (VENDOR §1.6). */
  ack: ['fixture', 'ack', 'acknowledged', 'both'],
  /** `data.media` in a message without media (VENDOR §1.7). */
  media: ['fixture', 'null', 'absent'],
  /** `from` and `to` of a raw model: recordings have both forms (VENDOR §3). */
  rawIds: ['fixture', 'string', 'object'],
  /** Two values are documented (VENDOR §1.4). */
  userAgent: ['waapi', 'eazewa'],
  /** The key of signatures: public handlers have both (VENDOR §2). */
  signKey: ['secret', 'apiToken'],
  /** Whether `sha256=` stands before a signature: handlers have both (VENDOR §2). */
  signPrefix: ['none', 'sha256'],
} as const satisfies Readonly<Record<string, readonly string[]>> & {
  readonly userAgent: readonly (keyof typeof USER_AGENTS)[];
};

/** The setting of each switch. */
export type Switches = {
  readonly [Name in keyof typeof SWITCHES]: (typeof SWITCHES)[Name][number];
};

/** The default settings. */
export const DEFAULT_SWITCHES: Switches = {
  instanceId: 'string',
  ack: 'fixture',
  media: 'fixture',
  rawIds: 'fixture',
  userAgent: 'waapi',
  signKey: 'secret',
  signPrefix: 'none',
};

/**
 * Checks names and values of switches. Throws `unknown_switch` (usage) with the names or the choices
 * in its hint.
 */
export function checkSwitches(given: Iterable<readonly [string, unknown]>): Partial<Switches> {
  const switches: Record<string, string> = {};
  for (const [name, value] of given) {
    const choices = Object.hasOwn(SWITCHES, name) ? SWITCHES[name as keyof Switches] : null;
    if (choices === null) {
      throw unknownSwitch(`there is no switch ${quoted(name)}`, name, Object.keys(SWITCHES));
    }
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) {
      const message = `the switch ${name} cannot be ${quoted(value)}`;
      throw unknownSwitch(message, String(typeof value === 'string' ? value : ''), choices);
    }
    switches[name] = chosen;
  }
  return switches;
}

/** Parses typed switches, `name=value`. Throws what {@link checkSwitches} throws. */
export function parseSwitches(typed: readonly string[]): Partial<Switches> {
  return checkSwitches(
    typed.map((one) => {
      const [name = '', ...value] = one.split('=');
      return [name.trim(), value.join('=').trim()] as const;
    }),
  );
}

/** A fixture's body as this instance would send it with these switches. */
export function dressed(body: WebhookBody, instanceId: string, switches: Switches): WebhookBody {
  const id = switches.instanceId === 'number' ? numericId(instanceId) : instanceId;
  const { data } = body;
  if (!isObject(data)) return { ...body, instanceId: id };
  const { ack, media, rawIds } = switches;
  const one = withMedia(body.event, withAck(body.event, data, ack), media);
  return { ...body, instanceId: id, data: rawIds === 'fixture' ? one : withRawIds(one, rawIds) };
}

function withAck(event: string, data: JsonObject, key: Switches['ack']): JsonObject {
  const { ack, acknowledged, ...rest } = data;
  const receipt = ack ?? acknowledged ?? objectIn(data.message).ack;
  if (event !== 'message_ack' || key === 'fixture' || receipt === undefined) return data;
  return {
    ...rest,
    ...(key === 'acknowledged' ? {} : { ack: receipt }),
    ...(key === 'ack' ? {} : { acknowledged: receipt }),
  };
}

function withMedia(event: string, data: JsonObject, media: Switches['media']): JsonObject {
  const { message } = data;
  const hasMedia = !isObject(message) || message.hasMedia === true || isObject(data.media);
  if (media === 'fixture' || hasMedia) return data;
  // The vendor sends null only with `message`; for other events a null is left out.
  if (media === 'null') return event === 'message' ? { ...data, media: null } : data;
  const { media: _, ...rest } = data;
  return rest;
}

/** With `from` and `to` of each raw model in the wanted form; other forms stay. */
function withRawIds(data: JsonObject, form: 'string' | 'object'): JsonObject {
  const inside = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => inside(item, ''));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => {
        const isRawId = key === '_data' && (name === 'from' || name === 'to');
        return [name, isRawId ? rawId(item, form) : inside(item, name)];
      }),
    );
  };
  return objectIn(inside(data, 'data'));
}

function rawId(id: unknown, form: 'string' | 'object'): unknown {
  const text = textIn(id) ?? textIn(objectIn(id)._serialized);
  if (text === null || form === 'string') return text ?? id;
  const [user = '', server = ''] = text.split('@');
  return { server, user, _serialized: text };
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : `a ${typeof value}`;
}

function unknownSwitch(message: string, typed: string, choices: readonly string[]): CliError {
  const [near] = nearest(typed.slice(0, 100), choices);
  const choose = `Choose one of ${choices.join(', ')}.`;
  return new CliError('usage', 'unknown_switch', message, {
    hint: near === undefined ? choose : `${didYouMean([near])} ${choose}`,
  });
}
