/** The short type of each event, and the family that its colour stands for. */

import { CATALOGUE } from '../../eazewa/events.ts';
import type { Look } from './line.ts';

/** Families of events; `drawn.tsx` gives each its colour. */
export type Family = Extract<Look, 'messages' | 'receipts' | 'groups' | 'connection'>;

const SHORT: Readonly<Record<string, string>> = {
  message: 'message',
  message_create: 'create',
  message_edit: 'edit',
  message_revoke_everyone: 'revoke',
  message_revoke_me: 'revoke',
  message_ack: 'ack',
  message_reaction: 'react',
  vote_update: 'poll',
  media_uploaded: 'media',
  group_join: 'join',
  group_leave: 'leave',
  group_update: 'group',
  call: 'call',
  qr: 'qr',
  authenticated: 'auth',
  auth_failure: 'auth',
  ready: 'ready',
  change_state: 'state',
  disconnected: 'gone',
  loading_screen: 'load',
  presence_update: 'online',
};

const RECEIPTS = new Set(['message_ack', 'message_reaction', 'vote_update', 'presence_update']);

/** The type of an event in at most eight characters where it is known, and its family. */
export function typeOf(event: string): { readonly short: string; readonly family: Family } {
  const category = CATALOGUE.get(event)?.category;
  const short = Object.hasOwn(SHORT, event) ? (SHORT[event] ?? event) : event;
  return { short: short.replace(/^community_/, ''), family: familyOf(event, category) };
}

function familyOf(event: string, category: string | undefined): Family {
  if (RECEIPTS.has(event)) return 'receipts';
  switch (category) {
    case 'group':
    case 'community':
    case 'call':
      return 'groups';
    case 'instance':
      return 'connection';
    default:
      return 'messages';
  }
}
