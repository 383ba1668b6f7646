/** What a command asks before it changes a webhook that somebody may depend on. */

import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { canAsk, confirm } from '../../platform/terminal.ts';
import type { Settings } from '../../settings/settings.ts';
import { mayReplace } from '../../takeover/consent.ts';

/** Throws `protected_instance` (usage) for an instance that the person's settings protect. */
export function refuseProtected({ protectedInstances }: Settings, instanceId: string): void {
  const protectedInstance = protectedInstances.includes(instanceId);
  mayReplace({ instanceId, current: null, replace: null, protectedInstance });
}

/** What is asked about, and how the person may be asked. */
export interface Replacement {
  readonly instanceId: string;
  /** The url that would go. */
  readonly current: string | null;
  /** The host that was named on the command line. */
  readonly replace: string | null;
  readonly question: string;
  readonly noInput: boolean;
}

/**
 * Asks before a foreign webhook is replaced, where a terminal is there and its host was not named.
 * Throws `foreign_webhook` (usage) without consent.
 */
export async function consentTo(
  { question, noInput, ...rest }: Replacement,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  try {
    mayReplace({ ...rest, protectedInstance: false });
  } catch (refused) {
    const { host } = (refused as CliError).facts;
    const message = `Instance ${rest.instanceId} sends its events to ${host}, which will get none any more`;
    if (canAsk(io, noInput) && (await confirm(io, `${message}. ${question}`, signal))) return;
    throw new CliError('usage', 'foreign_webhook', message, {
      hint: `If that is what you want: --replace ${host}`,
      cause: refused,
    });
  }
}
