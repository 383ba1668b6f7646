/** A damaged history file: what is recognised as damage, and what to do about it. */

import { dirname } from 'node:path';
import { CliError, messageOf } from '../errors.ts';
import { shellQuote } from '../platform/shell-quote.ts';
import type { History } from './history.ts';

/** The file holds what SQLite or this program did not write there. */
export class HistoryDamagedError extends Error {
  override readonly name = 'HistoryDamagedError';
}

/** The error for people, of a history file that is damaged. */
export function historyDamaged(path: string, cause: unknown): CliError {
  const reason = messageOf(cause);
  return new CliError('state', 'history_damaged', `The history at ${path} is damaged: ${reason}`, {
    hint: `What can be read of it: eazewa-hooks events export. To set it aside and begin a new one: ${setAside(path)}`,
    cause,
    facts: { path },
  });
}

/** Whether an error is that of a damaged history. */
export function isDamage(error: unknown): error is CliError {
  return error instanceof CliError && error.code === 'history_damaged';
}

/** A history whose calls throw {@link historyDamaged} where they find damage. */
export function naming(history: History, path: string): History {
  return around(history, (error) =>
    error instanceof HistoryDamagedError ? historyDamaged(path, error) : error,
  );
}

/** A history that calls `damaged` whenever a call finds damage; the call throws all the same. */
export function watchDamage(history: History, damaged: (error: CliError) => void): History {
  return around(history, (error) => {
    if (isDamage(error)) damaged(error);
    return error;
  });
}

/** The shell command that moves the file and its log into a folder beside it. */
export function setAside(path: string, platform = process.platform): string {
  const folder = dirname(path);
  if (platform === 'win32') {
    return `cmd /c "md "${folder}\\damaged" & move "${path}*" "${folder}\\damaged""`;
  }
  return `mkdir ${shellQuote(`${folder}/damaged`)} && mv ${shellQuote(path)}* ${shellQuote(`${folder}/damaged`)}`;
}

type Call = (...args: unknown[]) => unknown;

function around(history: History, translate: (error: unknown) => unknown): History {
  const guarded = Object.entries(history).map(([name, call]: [string, Call]) => {
    const guard: Call = (...args) => {
      try {
        return call(...args);
      } catch (error) {
        throw translate(error);
      }
    };
    return [name, guard];
  });
  return Object.fromEntries(guarded) as History;
}
