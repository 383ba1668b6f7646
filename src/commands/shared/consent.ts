/** Asks before a command changes a webhook that other people may depend on. */

import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { canAsk, confirm, DECLINED } from '../../platform/terminal.ts';
import type { Settings } from '../../settings/settings.ts';
import { mayReplace } from '../../takeover/consent.ts';

/** Throws `protected_instance` (usage) for an instance that the user's settings protect. */
export function refuseProtected({ protectedInstances }: Settings, instanceId: string): void {
  const protectedInstance = protectedInstances.includes(instanceId);
  mayReplace({ instanceId, current: null, replace: null, protectedInstance });
}

/** A webhook to replace, and how to ask about it. */
export interface Replacement {
  readonly instanceId: string;
  /** The url that would be replaced or removed; null for none. */
  readonly current: string | null;
  /** The host of `--replace`; null without it. */
  readonly replace: string | null;
  readonly question: string;
  readonly noInput: boolean;
}

/**
 * Asks on the terminal before a foreign webhook is replaced, unless `--replace` names its host.
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
    const message = `Instance ${rest.instanceId} sends its events to ${host}, which will get no more events`;
    const asks = canAsk(io, noInput);
    if (asks && (await confirm(io, `${message}. ${question}`, signal))) return;
    throw new CliError('usage', 'foreign_webhook', asks ? DECLINED : message, {
      hint: `If that is what you want, add --replace ${host}`,
      cause: refused,
    });
  }
}
