/** Gets the errors of failed work for assertions. */

import { CliError } from '../../src/errors.ts';

/** The error that a promise rejects with. Throws unless it is a {@link CliError}. */
export async function failureOf(work: Promise<unknown>): Promise<CliError> {
  return cliError(
    await work.then(
      () => new Error('it succeeded'),
      (error: unknown) => error,
    ),
  );
}

/** The error that a function throws. Throws unless it is a {@link CliError}. */
export function thrownBy(work: () => unknown): CliError {
  try {
    work();
  } catch (error) {
    return cliError(error);
  }
  throw new Error('it succeeded');
}

function cliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  throw error;
}
