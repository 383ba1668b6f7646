/** A target that the `.env` of the working directory names: it may be anybody's, so it must be meant. */

import { parseTarget } from '../delivery/target.ts';
import { CliError } from '../errors.ts';
import type { Io } from '../platform/io.ts';
import { isLoopback } from '../platform/loopback.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { canAsk, confirm } from '../platform/terminal.ts';
import type { Settings } from '../settings/settings.ts';

/**
 * Asks before events go to a target out of a `.env` that is not on this machine. For when no target
 * was named on the command line. Throws `target_not_confirmed` (usage) without a yes.
 */
export async function confirmTarget(
  options: { readonly yes: boolean; readonly input: boolean },
  { forwardTo }: Pick<Settings, 'forwardTo'>,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (forwardTo?.source !== '.env') return;
  const target = parseTarget(forwardTo.value);
  if (options.yes || isLoopback(new URL(target.url).hostname)) return;
  const question = `The .env of this folder sends every event to ${maskUrl(target.url)}`;
  if (canAsk(io, !options.input) && (await confirm(io, `${question}. Is that so?`, stop))) return;
  throw new CliError('usage', 'target_not_confirmed', question, {
    hint: 'If you mean it, name the target on the command line.',
  });
}
