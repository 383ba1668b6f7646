/** The catalogue of the vendor's events (VENDOR §7), and the parser for typed event names. */

import type * as z from 'zod';
import { CliError } from '../errors.ts';
import { didYouMean, nearest } from '../platform/nearest.ts';
import * as shape from './shapes.ts';

/** The known facts about one event. */
export interface CatalogueEntry {
  /** One line, in our words. */
  readonly description: string;
  /** The group for lists. */
  readonly category: 'message' | 'instance' | 'group' | 'call' | 'presence' | 'community';
  /** Whether `data` is always present; for the others the vendor documents none (VENDOR §1.2, §7). */
  readonly hasData: boolean;
  /** The origin of the shape of `data`. A page is one of the vendor's reference. */
  readonly source: string;
  /** How certain the shape is, as in VENDOR. */
  readonly confidence: 'high' | 'medium' | 'low';
  /** The shape of `data`, where there is any. */
  readonly data: z.ZodType;
}

type Rest = Omit<CatalogueEntry, 'description' | 'category' | 'hasData'>;

const page = (name: string, data: z.ZodType): Rest => ({
  source: `VENDOR §7, page ${name}`,
  confidence: 'high',
  data,
});
const inferred = (from: string, confidence: Rest['confidence'], data: z.ZodType): Rest => ({
  source: `VENDOR §7, ${from}`,
  confidence,
  data,
});
const WRAPPERS = 'as wrappers of whatsapp-web.js send it';
const EXTRA: Rest = {
  source: "VENDOR §1.8, a name in the vendor's Make app",
  confidence: 'low',
  data: shape.anything,
};

const message = (description: string, rest: Rest): CatalogueEntry => ({
  description,
  category: 'message',
  hasData: true,
  ...rest,
});
const group = (description: string, rest: Rest): CatalogueEntry => ({
  description,
  category: 'group',
  hasData: true,
  ...rest,
});
const instance = (description: string, hasData: boolean, rest: Rest): CatalogueEntry => ({
  description,
  category: 'instance',
  hasData,
  ...rest,
});
const community = (description: string): CatalogueEntry => ({
  description,
  category: 'community',
  hasData: false,
  ...EXTRA,
});

/** The 20 events of the vendor's list; `all` means these. Source: VENDOR §7 and the user's document. */
export const EVENTS: Readonly<Record<string, CatalogueEntry>> = {
  message: message('a message came in', page('message-event', shape.messageData)),
  loading_screen: instance(
    'the instance is loading',
    true,
    page('loading-event', shape.loadingData),
  ),
  qr: instance('a new QR code to pair with', true, page('qr-event', shape.qrData)),
  authenticated: instance(
    'the phone is paired',
    false,
    page('authenticated-event', shape.anything),
  ),
  auth_failure: instance(
    'the saved session was refused',
    false,
    page('auth-failure-event', shape.anything),
  ),
  ready: instance(
    'the instance can be used',
    false,
    inferred("the vendor's Make app", 'medium', shape.anything),
  ),
  disconnected: instance(
    'the phone logged out or was lost',
    false,
    inferred(WRAPPERS, 'low', shape.disconnectedData),
  ),
  message_create: message(
    'a message was created, sent or received',
    page('message-create-event', shape.messageData),
  ),
  message_edit: message(
    'the text of a message was changed',
    page('message-edit-event', shape.editData),
  ),
  message_revoke_everyone: message(
    'a message was deleted for everyone',
    page('message-revoke-everyone-event', shape.revokeData),
  ),
  message_revoke_me: message(
    'a message was deleted on the own phone',
    page('message-revoke-me-event', shape.messageData),
  ),
  message_ack: message(
    'a message was sent, delivered, read or played',
    page('message-ack-event', shape.ackData),
  ),
  message_reaction: message(
    'a reaction was set, changed or removed',
    page('message-reaction-event', shape.reactionData),
  ),
  media_uploaded: message(
    'the media of an own message was uploaded',
    inferred(WRAPPERS, 'medium', shape.messageData),
  ),
  group_join: group(
    'somebody joined or was added to a group',
    page('group-join-event', shape.groupData),
  ),
  group_leave: group(
    'somebody left or was removed from a group',
    page('group-leave-event', shape.groupData),
  ),
  group_update: group(
    "a group's subject, picture or settings changed",
    page('disconnected-event-copy-1', shape.groupData),
  ),
  change_state: instance(
    'the state of the connection changed',
    true,
    inferred(WRAPPERS, 'medium', shape.stateData),
  ),
  call: {
    description: 'somebody is calling',
    category: 'call',
    hasData: true,
    ...inferred(WRAPPERS, 'medium', shape.callData),
  },
  vote_update: message(
    'a vote in a poll was set or withdrawn',
    page('vote-update-event', shape.voteData),
  ),
};

/** Further events of the vendor's newest list; `all` leaves them out (VENDOR §1.8). */
const UNLISTED: Readonly<Record<string, CatalogueEntry>> = {
  presence_update: {
    description: 'somebody came online, left, or is typing',
    category: 'presence',
    hasData: false,
    ...EXTRA,
    source: "VENDOR §7 Extra events, the fields' names in the vendor's API description",
  },
  community_created: community('a community was created'),
  community_updated: community('a community was changed'),
  community_subgroup_linked: community('a group was linked to a community'),
  community_subgroup_unlinked: community('a group was taken out of a community'),
  community_deactivated: community('a community was deactivated'),
};

/** The names of events beyond the 20. */
export const UNLISTED_EVENTS: readonly string[] = Object.keys(UNLISTED);

/** Every known event by its name. A map, since a hostile name may be `constructor`. */
export const CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map([
  ...Object.entries(EVENTS),
  ...Object.entries(UNLISTED),
]);

const LISTED = Object.keys(EVENTS);

/** A possible name of an event that we do not know yet. */
const POSSIBLE = /^[a-z0-9_.-]{1,64}$/i;

/**
 * Parses typed event names: repeated, comma-separated, `all` for the 20. Returns each once, in the
 * given order. Throws `unknown_event` (usage) with the nearest names. A command with the option
 * `--allow-unknown` gives `allowUnknown`: true accepts every possible name (letters, digits and
 * `_.-`, 64 at most), false names the option in the error's hint.
 */
export function parseEventNames(
  typed: readonly string[],
  options: { readonly allowUnknown?: boolean } = {},
): string[] {
  const { allowUnknown } = options;
  const names = new Set<string>();
  for (const name of splitList(typed)) {
    if (name === 'all') for (const listed of LISTED) names.add(listed);
    else if (CATALOGUE.has(name) || (allowUnknown && POSSIBLE.test(name))) names.add(name);
    else if (allowUnknown) throw impossible(name);
    else throw unknownEvent(name, allowUnknown === false);
  }
  return [...names];
}

/** Splits comma-separated values into trimmed, non-empty ones. */
export function splitList(typed: readonly string[]): string[] {
  return typed.flatMap((part) => part.split(',')).flatMap((part) => part.trim() || []);
}

/**
 * The error for an unknown event name, with the nearest names; `canInsist` for a command with the
 * option `--allow-unknown`.
 */
export function unknownEvent(name: string, canInsist = false): CliError {
  const near = nearest(name, [...CATALOGUE.keys()]);
  const known =
    near.length > 0
      ? didYouMean(near)
      : `The events are: ${LISTED.join(', ')}${canInsist ? '.' : ''}`;
  const insist = canInsist ? ' To use it anyway, add --allow-unknown.' : '';
  return new CliError('usage', 'unknown_event', `${name} is not an event of the vendor`, {
    hint: known + insist,
  });
}

function impossible(name: string): CliError {
  return new CliError('usage', 'unknown_event', `${name} cannot be the name of an event`, {
    hint: 'A name has letters, digits, underscores, dots and hyphens, 64 at most.',
  });
}
