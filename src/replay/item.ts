/** What to send again, as plain data that can go to a running listener over its socket. */

import * as z from 'zod';
import type { Target } from '../delivery/target.ts';
import { LARGEST_BODY } from '../eazewa/request.ts';
import type { Overrides } from '../fixtures/override.ts';

/** One thing to send again. */
export interface ReplayItem extends Overrides {
  /**
   * An event of history by id, unique prefix or `last`; or a body (base64 of its exact bytes); or both:
   * the body in place of the event's.
   */
  readonly source:
    | { readonly event: string }
    | { readonly body: string }
    | { readonly event: string; readonly body: string };
  /**
   * When it is due, in ms after the replay began; 0 for at once. Items are sent in order, each after
   * the one before is over.
   */
  readonly due: number;
  /** Gives new ids and times: by one freshener for the whole request, so that ids fit together. */
  readonly fresh: boolean;
}

/** A request for a replay. */
export interface ReplayRequest {
  readonly items: readonly ReplayItem[];
  /** The target for all items; null for the usual ones. */
  readonly to: Pick<Target, 'url' | 'hasPath'> | null;
}

/** In base64: four characters for three bytes. */
const MOST_BODY_LENGTH = Math.ceil(LARGEST_BODY / 3) * 4;
/** The longest timer of Node. */
const LATEST_DUE_MS = 2 ** 31 - 1;

const path = z.string().max(1000);
const event = z.string().min(1).max(100);
const body = z.string().max(MOST_BODY_LENGTH);

/** Items from another process, checked and bounded. */
export const replayItems: z.ZodType<readonly ReplayItem[]> = z
  .array(
    z.strictObject({
      source: z.union([
        z.strictObject({ event }),
        z.strictObject({ body }),
        z.strictObject({ event, body }),
      ]),
      due: z.number().min(0).max(LATEST_DUE_MS),
      set: z.array(z.tuple([path, z.string().refine(isJson)])).max(100),
      remove: z.array(path).max(100),
      fresh: z.boolean(),
    }),
  )
  .min(1)
  .max(1000);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
