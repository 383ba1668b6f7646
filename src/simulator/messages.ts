/** What was said on the simulator's instances: the messages that its events brought, for the API to tell. */

import { isObject, type JsonObject, numberIn, objectIn, textIn } from '../eazewa/json.ts';
import { jidIn } from '../eazewa/webhook.ts';
import type { WebhookBody } from '../fixtures/load.ts';

/** A message that is known. */
export interface Said {
  /** The chat it is in, a jid. */
  readonly chat: string;
  readonly fromMe: boolean;
  /** Unix seconds; 0 where the message has none. */
  readonly timestamp: number;
  /** As the event had it, without the media that came beside it. */
  readonly message: JsonObject;
  /** In UTF-16 units of its JSON, or of that of its event. */
  readonly size: number;
}

/** The messages of all instances. */
export interface Messages {
  /**
   * Remembers the message of a `message` or `message_create`, whatever becomes of its delivery; `size`
   * is that of the body, in bytes of JSON.
   */
  heard(instanceId: string, body: WebhookBody, size: number): void;
  /** The messages of an instance, oldest first. */
  of(instanceId: string): Said[];
  /** Forgets an instance. */
  forget(instanceId: string): void;
}

const MOST_MESSAGES = 1_000;
const MOST_UNITS = 8 * 1024 * 1024;
/** A message above this was made by hand: its media, where the bytes are, stands beside it. */
const LONGEST = 1024 * 1024;
/** Up to this size of a body its message is taken to be all of it. In bytes. */
const SMALL = 16 * 1024;

interface Kept {
  /** By `_serialized` id, in the order they were heard of: the two events of a message make one. */
  readonly byId: Map<string, Said>;
  units: number;
}

/** Starts with none. Of each instance the newest 1,000 are kept, and 8 MiB of them. */
export function createMessages(): Messages {
  const instances = new Map<string, Kept>();

  return {
    heard(instanceId, { event, data }, size) {
      const { message } = objectIn(data);
      if (event !== 'message' && event !== 'message_create') return;
      const id = textIn(objectIn(objectIn(message).id)._serialized);
      const said = isObject(message) ? saidBy(message, size) : null;
      if (id === null || said === null || said.size > LONGEST) return;

      const kept = instances.get(instanceId) ?? { byId: new Map(), units: 0 };
      instances.set(instanceId, kept);
      kept.units += said.size - (kept.byId.get(id)?.size ?? 0);
      kept.byId.set(id, said);
      for (const [oldest, { size }] of kept.byId) {
        if (kept.byId.size <= MOST_MESSAGES && kept.units <= MOST_UNITS) break;
        kept.byId.delete(oldest);
        kept.units -= size;
      }
    },
    of(instanceId) {
      const all = [...(instances.get(instanceId)?.byId.values() ?? [])];
      return all.sort((one, other) => one.timestamp - other.timestamp);
    },
    forget: (instanceId) => void instances.delete(instanceId),
  };
}

function saidBy(message: JsonObject, bodySize: number): Said | null {
  const key = objectIn(message.id);
  const fromMe = key.fromMe === true || message.fromMe === true;
  const chat = jidIn(key.remote) ?? jidIn(fromMe ? message.to : message.from);
  if (chat === null) return null;
  const timestamp = numberIn(message.timestamp) ?? 0;
  // Of a body without media nearly all is its message: counted exactly, it would be written out twice.
  const size = bodySize <= SMALL ? bodySize : JSON.stringify(message).length;
  return { chat, fromMe, timestamp, message, size };
}
