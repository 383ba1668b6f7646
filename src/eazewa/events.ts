/** The catalogue of the vendor's events (VENDOR §7), and how a name that a person typed is read. */

import { CliError } from '../errors.ts';
import { nearest } from '../platform/nearest.ts';

/** What is known of one event. */
export interface CatalogueEntry {
  /** One line, in our words. */
  readonly description: string;
  /** Whether `data` is always there; where it may be missing the vendor documents none (VENDOR §1.2, §7). */
  readonly hasData: boolean;
}

/** The 20 events of the vendor's list; `all` means these. Source: VENDOR §7 and the user's document. */
export const EVENTS: Readonly<Record<string, CatalogueEntry>> = {
  message: { description: 'a message came in', hasData: true },
  loading_screen: { description: 'the instance is loading', hasData: true },
  qr: { description: 'a new QR code to pair with', hasData: true },
  authenticated: { description: 'the phone is paired', hasData: false },
  auth_failure: { description: 'the saved session was refused', hasData: false },
  ready: { description: 'the instance can be used', hasData: false },
  disconnected: { description: 'the phone logged out or was lost', hasData: false },
  message_create: { description: 'a message was created, sent or received', hasData: true },
  message_edit: { description: 'the text of a message was changed', hasData: true },
  message_revoke_everyone: { description: 'a message was deleted for everyone', hasData: true },
  message_revoke_me: { description: 'a message was deleted on the own phone', hasData: true },
  message_ack: { description: 'a message was sent, delivered, read or played', hasData: true },
  message_reaction: { description: 'a reaction was set, changed or removed', hasData: true },
  media_uploaded: { description: 'the media of an own message was uploaded', hasData: true },
  group_join: { description: 'somebody joined or was added to a group', hasData: true },
  group_leave: { description: 'somebody left or was removed from a group', hasData: true },
  group_update: { description: "a group's subject, picture or settings changed", hasData: true },
  change_state: { description: 'the state of the connection changed', hasData: true },
  call: { description: 'somebody is calling', hasData: true },
  vote_update: { description: 'a vote in a poll was set or withdrawn', hasData: true },
};

/** Names the vendor's newest list has too; subscribed to by name only (VENDOR §1.8). */
export const UNLISTED_EVENTS: readonly string[] = [
  'presence_update',
  'community_created',
  'community_updated',
  'community_subgroup_linked',
  'community_subgroup_unlinked',
  'community_deactivated',
];

const LISTED = Object.keys(EVENTS);
const KNOWN: ReadonlySet<string> = new Set([...LISTED, ...UNLISTED_EVENTS]);

/** What an event may be called that the vendor has and we have never heard of. */
const EVENT_NAME = /^[a-z0-9_.-]{1,64}$/i;

/**
 * Reads event names as a person typed them: repeated, comma-separated, `all` for the 20.
 * Returns them without repetition, in the order given. Throws a usage error with the nearest names
 * for one that the vendor does not have, unless `allowUnknown`.
 */
export function parseEventNames(
  typed: readonly string[],
  { allowUnknown = false }: { readonly allowUnknown?: boolean } = {},
): string[] {
  const names = new Set<string>();
  for (const name of splitList(typed)) {
    if (name === 'all') for (const listed of LISTED) names.add(listed);
    else if (KNOWN.has(name) || (allowUnknown && EVENT_NAME.test(name))) names.add(name);
    else throw unknownEvent(name);
  }
  return [...names];
}

/** Splits repeated, comma-separated values into trimmed, non-empty ones. */
export function splitList(typed: readonly string[]): string[] {
  return typed.flatMap((part) => part.split(',')).flatMap((part) => part.trim() || []);
}

/** The error for an event name that the vendor does not have, with the nearest ones. */
export function unknownEvent(name: string): CliError {
  const near = nearest(name, [...KNOWN]);
  return new CliError('usage', 'unknown_event', `${name} is not an event of the vendor`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : `The events are: ${LISTED.join(', ')}`,
  });
}
