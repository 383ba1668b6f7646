/** Errors as plain data for a thread's port or a socket, which lose classes and their fields. */

import * as z from 'zod';
import { CliError, EXIT, type ExitName, messageOf, stackOf } from '../errors.ts';

/** The shape of a serialised error. Only a `CliError` has `exit` and `code`. */
export const plainError = z.object({
  exit: z.enum(Object.keys(EXIT) as [ExitName, ...ExitName[]]).optional(),
  code: z.string().optional(),
  message: z.string(),
  hint: z.string().optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  stack: z.string().optional(),
});

export type PlainError = z.infer<typeof plainError>;

/** Serialises an error. */
export function plain(error: unknown): PlainError {
  const message = messageOf(error);
  const stack = error instanceof Error ? stackOf(error) : new Error(message).stack;
  const traced = stack === undefined ? { message } : { message, stack };
  if (!(error instanceof CliError)) return traced;
  const { exit, code, hint, facts } = error;
  return { ...traced, exit, code, facts, ...(hint === undefined ? {} : { hint }) };
}

/** Restores the error that {@link plain} serialised. */
export function revive({ exit, code, message, hint, facts, stack }: PlainError): Error {
  const error =
    exit === undefined || code === undefined
      ? new Error(message)
      : new CliError(exit, code, message, {
          ...(hint === undefined ? {} : { hint }),
          ...(facts === undefined ? {} : { facts }),
        });
  if (stack !== undefined) error.stack = stack;
  return error;
}
