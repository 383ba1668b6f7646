/** What other commands may ask of a running listener: how it stands, a change of its webhook, a replay. */

import * as z from 'zod';
import type { Answer } from '../../control/server.ts';
import type { Client } from '../../eazewa/client.ts';
import { readClientState } from '../../eazewa/client-state.ts';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import { webhookShape } from '../../feed/webhook.ts';
import { replayItems } from '../../replay/item.ts';
import type { ReplayCounts } from '../../replay/send.ts';
import type { Takeover } from '../../takeover/hold.ts';
import { holdsToken } from '../../takeover/journal.ts';

const names = z.array(z.string().max(256)).max(1000).readonly();

/** A request to a listener. */
export const controlRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('status') }),
  z.strictObject({
    action: z.literal('change'),
    change: z.strictObject({
      url: z.string().max(4096).nullable().optional(),
      from: z.string().max(4096).nullable().optional(),
      events: z
        .union([z.strictObject({ only: names }), z.strictObject({ add: names, remove: names })])
        .optional(),
    }),
  }),
  z.strictObject({
    action: z.literal('replay'),
    items: replayItems,
    /** The target that was named; null for the listener's own. */
    to: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }).max(4096),
        hasPath: z.boolean(),
      })
      .nullable(),
    bodies: z.enum(['none', 'elided']),
  }),
]);

export type ControlRequest = z.infer<typeof controlRequest>;

/** The instance of a listener: what it has now, and what it will have again. */
export const statusResult = z.object({
  instanceId: z.string(),
  name: z.string().nullable(),
  state: z.string().nullable(),
  webhook: webhookShape,
  original: webhookShape,
  /** Whether the webhook that it has now is this listener's. */
  held: z.boolean(),
  /** The listener has a subscription beside the instance's own webhook. */
  sideBySide: z.boolean().default(false),
});

/** What a change did to the instance's own webhook. */
export const changeResult = z.object({
  before: webhookShape,
  after: webhookShape,
  held: z.boolean(),
});

/** Makes a replay with what a listener has. */
export type Replayer = (
  request: Extract<ControlRequest, { action: 'replay' }>,
  post: Post,
  signal: AbortSignal,
) => Promise<ReplayCounts>;

export interface Actors {
  readonly instanceId: string;
  /** Whether it stands beside the instance's own webhook. */
  readonly sideBySide: boolean;
  /** What our webhook is recognised by. */
  readonly pathToken: string;
  readonly client: Pick<Client, 'getInstance' | 'clientStatus'>;
  readonly takeover: Pick<Takeover, 'change' | 'original'>;
  readonly replay: Replayer;
}

function requestOf(raw: unknown): ControlRequest {
  const read = controlRequest.safeParse(raw);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = `${issue?.path.join('.') || 'the request'}: ${issue?.message}`;
  throw new CliError(
    'usage',
    'request_refused',
    `The running listener does not take that (${what})`,
  );
}

/** Answers requests by what the listener has. */
export function createActions({
  instanceId,
  sideBySide,
  pathToken,
  client,
  takeover,
  replay,
}: Actors): Answer {
  return async (raw, post, signal) => {
    const request = requestOf(raw);
    switch (request.action) {
      case 'status': {
        const { name, webhook: now } = await client.getInstance(instanceId, signal);
        const state = await readClientState(client, instanceId, signal);
        const original = takeover.original();
        const held = holdsToken(now.url, pathToken);
        return {
          instanceId,
          name,
          state,
          webhook: now,
          original,
          held,
          sideBySide,
        } satisfies z.infer<typeof statusResult>;
      }
      case 'change':
        return takeover.change(request.change);
      case 'replay':
        return replay(request, post, signal);
    }
  };
}
