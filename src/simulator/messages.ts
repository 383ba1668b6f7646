/** The messages of the simulator's instances: collected from emitted events, read by the API. */

import { isObject, type JsonObject, numberIn, objectIn, textIn } from '../eazewa/json.ts';
import { jidIn } from '../eazewa/webhook.ts';
import type { WebhookBody } from '../fixtures/load.ts';

/** A message of an emitted event. */
export interface StoredMessage {
  /** The chat's jid. */
  readonly chat: string;
  readonly fromMe: boolean;
  /** Unix seconds; 0 where the message has none. */
  readonly timestamp: number;
  /** As in the event, without the media beside it. */
  readonly message: JsonObject;
  /** In UTF-16 units of its JSON, or of its event's JSON. */
  readonly size: number;
}

/** The messages of all instances. */
export interface Messages {
  /**
   * Stores the message of a `message` or `message_create`, whatever its delivery does; `size` is the
   * size of the body in bytes of JSON.
   */
  record(instanceId: string, body: WebhookBody, size: number): void;
  /** The messages of an instance, oldest first. */
  of(instanceId: string): StoredMessage[];
  /** Drops the messages of a deleted instance. */
  forget(instanceId: string): void;
}

const MOST_MESSAGES = 1_000;
const MOST_UNITS = 8 * 1024 * 1024;
/** A longer message is handmade: real media stands beside the message. */
const LONGEST = 1024 * 1024;
/** Up to this size in bytes, a body counts as its message's size. */
const SMALL = 16 * 1024;

interface Stored {
  /** By `_serialized` id, oldest first: the two events of a message make one entry. */
  readonly byId: Map<string, StoredMessage>;
  units: number;
}

/** Starts empty. Stores the newest 1,000 messages and 8 MiB for each instance. */
export function createMessages(): Messages {
  const instances = new Map<string, Stored>();

  return {
    record(instanceId, { event, data }, size) {
      const { message } = objectIn(data);
      if (event !== 'message' && event !== 'message_create') return;
      const id = textIn(objectIn(objectIn(message).id)._serialized);
      const found = isObject(message) ? storedMessage(message, size) : null;
      if (id === null || found === null || found.size > LONGEST) return;

      const stored = instances.get(instanceId) ?? { byId: new Map(), units: 0 };
      instances.set(instanceId, stored);
      stored.units += found.size - (stored.byId.get(id)?.size ?? 0);
      stored.byId.set(id, found);
      for (const [oldest, { size }] of stored.byId) {
        if (stored.byId.size <= MOST_MESSAGES && stored.units <= MOST_UNITS) break;
        stored.byId.delete(oldest);
        stored.units -= size;
      }
    },
    of(instanceId) {
      const all = [...(instances.get(instanceId)?.byId.values() ?? [])];
      return all.sort((one, other) => one.timestamp - other.timestamp);
    },
    forget: (instanceId) => void instances.delete(instanceId),
  };
}

function storedMessage(message: JsonObject, bodySize: number): StoredMessage | null {
  const key = objectIn(message.id);
  const fromMe = key.fromMe === true || message.fromMe === true;
  const chat = jidIn(key.remote) ?? jidIn(fromMe ? message.to : message.from);
  if (chat === null) return null;
  const timestamp = numberIn(message.timestamp) ?? 0;
  // A small body is mostly its message; an exact count would serialise the message again.
  const size = bodySize <= SMALL ? bodySize : JSON.stringify(message).length;
  return { chat, fromMe, timestamp, message, size };
}
