/** Asks before the `.env` of the working directory, which may be anybody's, decides where events go or who can send them. */

import { parseTarget } from '../../delivery/target.ts';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { safeText } from '../../platform/safe-text.ts';
import { canAsk, confirm, DECLINED } from '../../platform/terminal.ts';
import type { Settings } from '../../settings/settings.ts';

interface Asking {
  readonly yes: boolean;
  readonly input: boolean;
}

/**
 * Asks before events are sent to a target that a `.env` names and that is not on this machine.
 * Called where the command line names no target. Throws `target_not_confirmed` (usage) without a yes.
 */
export async function confirmTarget(
  options: Asking,
  { forwardTo }: Pick<Settings, 'forwardTo'>,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (forwardTo?.source !== '.env') return;
  const target = parseTarget(forwardTo.value);
  if (isLoopback(new URL(target.url).hostname)) return;
  const statement = `The .env of this folder sends every event to ${maskUrl(target.url)}`;
  const refusal = await refusalOf(statement, options, io, stop);
  if (refusal === null) return;
  throw new CliError('usage', 'target_not_confirmed', refusal, {
    hint: 'If that is right, name the target on the command line.',
  });
}

/**
 * Asks before events come through an ngrok server that a `.env` names and that is not on this
 * machine. Throws `server_not_confirmed` (usage) without a yes.
 */
export async function confirmServer(
  options: Asking,
  { ngrok: { server } }: Pick<Settings, 'ngrok'>,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (server?.source !== '.env') return;
  if (isLoopback(server.value.replace(/:\d*$/, ''))) return;
  const statement = `The .env of this folder routes every event through the ngrok server ${safeText(server.value, 100)}`;
  const refusal = await refusalOf(statement, options, io, stop);
  if (refusal === null) return;
  throw new CliError('usage', 'server_not_confirmed', refusal, {
    hint: 'If that is right, name the server on the command line with --ngrok-server.',
  });
}

/**
 * Asks before a path token that a `.env` names is used: whoever knows it can send events to this
 * listener. Throws `path_token_not_confirmed` (usage) without a yes.
 */
export async function confirmPathToken(
  options: Asking,
  { webhookToken }: Pick<Settings, 'webhookToken'>,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (webhookToken?.source !== '.env') return;
  const statement = `The .env of this folder decides the path token of the webhook url (${webhookToken.name}): everybody who knows that file can send events to this listener`;
  const refusal = await refusalOf(statement, options, io, stop);
  if (refusal === null) return;
  throw new CliError('usage', 'path_token_not_confirmed', refusal, {
    hint: `If that is right, add --yes, or set ${webhookToken.name} in the environment.`,
  });
}

/** The message of the error for a statement that is not confirmed; null for one that is. */
async function refusalOf(
  statement: string,
  { yes, input }: Asking,
  io: Io,
  stop: AbortSignal,
): Promise<string | null> {
  if (yes) return null;
  if (!canAsk(io, !input)) return statement;
  return (await confirm(io, `${statement}. Is that right?`, stop)) ? null : DECLINED;
}
