/** The error of an instance whose webhook or subscription could not be restored. */

import { CliError, messageOf } from '../../errors.ts';

/**
 * The error as it is where the user can solve its cause (a token, a lock), else `not_restored` with
 * `what` was not done and the command to retry with.
 */
export function notRestored(error: unknown, what: string, retry: string): unknown {
  if (error instanceof CliError && error.exit !== 'vendor') return error;
  const why = messageOf(error);
  return new CliError('notRestored', 'not_restored', `${what}: ${why}`, {
    hint: `Retry with: ${retry}`,
    cause: error,
  });
}
