/** Prepares items: finds their events and applies their overrides, so that mistakes show before anything is sent. */

import { forwardedHeaders } from '../delivery/headers.ts';
import { readable } from '../eazewa/content-encoding.ts';
import { isTooDeep, TOO_DEEP } from '../eazewa/json.ts';
import { hasSignature, headersForChange, madeHeaders, newRequestId } from '../eazewa/signature.ts';
import { readWebhook, type Webhook } from '../eazewa/webhook.ts';
import { CliError } from '../errors.ts';
import { createFreshener, type Freshen, type FreshSource } from '../fixtures/fresh.ts';
import { type Overridden, override } from '../fixtures/override.ts';
import { storedFacts } from '../history/entries.ts';
import { bodyDropped, findEvent } from '../history/find.ts';
import type { History, NewEvent, StoredEvent } from '../history/history.ts';
import type { RawHeaders } from '../platform/raw-headers.ts';
import type { ReplayItem } from './item.ts';

/** What preparing needs. */
export interface PrepareContext extends FreshSource {
  readonly history: Pick<History, 'list' | 'event' | 'head' | 'find'>;
  /** Which urls get an event of this name; `from` is the event of history that it is, or was made of. */
  readonly targetsFor: (event: string, from: Pick<StoredEvent, 'seq'> | null) => readonly string[];
  readonly newId: () => string;
  /** The secret that signs requests; null where it is not known. */
  readonly secret: string | null;
}

/** An event that is not in history yet, and its body, read. */
export interface Made {
  readonly event: NewEvent;
  readonly webhook: Webhook;
  /** The paths that changed as well, because the vendor doubles their value. */
  readonly alsoChanged: readonly string[];
}

/** An item that can be sent. */
export interface Prepared {
  /** In ms after the replay began. */
  readonly due: number;
  /** The name of the event. */
  readonly name: string;
  readonly targets: readonly string[];
  /** The event of history that is sent as it is; or a function that makes a new one when it is due. */
  readonly event: StoredEvent | (() => Made);
  /** Its body was changed, and the secret for a new signature is not known: it is sent without one. */
  readonly losesSignature?: boolean;
}

/**
 * Prepares all items, in their order. Throws `no_such_event`, `ambiguous_id`, `body_dropped`,
 * `no_such_path`, `not_a_webhook` and `nested_too_deep`.
 */
export function prepare(items: readonly ReplayItem[], context: PrepareContext): Prepared[] {
  const freshen = createFreshener(context);
  return items.map((item) => prepareOne(item, freshen, context));
}

function prepareOne(item: ReplayItem, freshen: Freshen, context: PrepareContext): Prepared {
  const { source, due } = item;
  const stored = 'event' in source ? findEvent(context.history, source.event) : null;
  const isEdited = 'body' in source;
  if (stored?.bodyDropped && !isEdited) throw bodyDropped(stored.id);
  if (stored !== null && !isEdited && !isChanged(item)) {
    const { event: name } = stored;
    return { due, name, targets: context.targetsFor(name, stored), event: stored };
  }
  const bytes = isEdited ? Buffer.from(source.body, 'base64') : readableOf(stored);
  // Made now to find its mistakes, and again when it is due, with the times of that moment.
  const first = changed(bytes, item, createFreshener(context)).body;
  const { event: name } = readAs(first);
  const make = (): Made => {
    const { body, alsoChanged } = changed(bytes, item, freshen);
    const webhook = readAs(body);
    const event = newEvent(webhook, headersOf(stored, body, item, context), body, context);
    return { event, webhook, alsoChanged };
  };
  const losesSignature =
    context.secret === null &&
    stored !== null &&
    hasSignature(stored.headers) &&
    !isUnchanged(stored, first, item);
  return { due, name, targets: context.targetsFor(name, stored), event: make, losesSignature };
}

/** The headers of a new event: those of the stored one that it changes, or those that the vendor would send. */
function headersOf(
  stored: StoredEvent | null,
  body: Uint8Array,
  item: ReplayItem,
  { secret, random }: PrepareContext,
): RawHeaders {
  if (stored === null) return madeHeaders(body, secret);
  if (isUnchanged(stored, body, item)) return forwardedHeaders(stored.headers, []);
  // The changed body is not compressed.
  const headers = forwardedHeaders(stored.headers, [], ['content-encoding']);
  return headersForChange(headers, body, secret, newRequestId(random));
}

/** Whether the overrides left the bytes of the event's body as they were. A fresh event is another delivery. */
function isUnchanged(stored: StoredEvent, body: Uint8Array, { fresh }: ReplayItem): boolean {
  return !fresh && Buffer.compare(stored.body, body) === 0;
}

function readableOf(stored: StoredEvent | null): Buffer {
  return Buffer.from(stored === null ? '' : readable(stored.headers, stored.body));
}

function isChanged({ set, remove, fresh }: ReplayItem): boolean {
  return fresh || set.length > 0 || remove.length > 0;
}

/** The body to send: the exact bytes, with no other change than the item's. */
function changed(bytes: Buffer, item: ReplayItem, freshen: Freshen): Overridden {
  if (!isChanged(item)) return { body: bytes, alsoChanged: [] };
  const { body } = readAs(bytes);
  // A value of --set may be nested too deep as well.
  const values = item.set.map(([, json]): unknown => JSON.parse(json));
  if ([body, ...values].some(isTooDeep)) throw tooDeep();
  // Freshens first: a value of --set stays as it was typed.
  return override(item.fresh ? freshen(bytes) : bytes, item);
}

function tooDeep(): CliError {
  const message = `The body is ${TOO_DEEP}, and cannot be changed`;
  return new CliError('usage', 'nested_too_deep', message, {
    hint: 'Without --set, --remove and --fresh it is sent as it is.',
  });
}

function readAs(bytes: Uint8Array): Webhook {
  const webhook = readWebhook(bytes);
  if (!('reason' in webhook)) return webhook;
  throw new CliError('usage', 'not_a_webhook', `The body is not a webhook: ${webhook.reason}`, {
    hint: 'A webhook body is a JSON object with an event, such as those in fixtures/.',
  });
}

function newEvent(
  webhook: Webhook,
  headers: RawHeaders,
  body: Uint8Array,
  { newId, now }: PrepareContext,
): NewEvent {
  return {
    id: newId(),
    at: now(),
    origin: 'replay',
    ...storedFacts(webhook),
    duplicateOf: null,
    repeats: null,
    ackWentBack: false,
    headers,
    body,
    // The replay sends it, once: the forwarder must not.
    waitFor: [],
    skipped: [],
  };
}
