/** Whether a folder can be trusted: the settings and journals in it decide where events and tokens go. */

import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CliError } from '../errors.ts';
import { shellQuote } from './shell-quote.ts';

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * Refuses a folder into which another user can put files, whether or not it exists. Throws
 * `foreign_folder` (state) for one that another user owns, and `open_folder` (state) where everybody
 * can write to it or, without the sticky bit, to one of its parents. `uid` is this process's user.
 *
 * Windows has neither (`uid` is null): the profile's access list keeps others out. Root may use
 * anybody's folder: in a container, a mounted one belongs to a user of the host.
 */
export function refuseUntrusted(path: string, uid = ourUser()): void {
  if (uid === null) return;
  const found = statOf(path);
  if (found !== undefined && uid !== 0 && found.uid !== uid) throw foreign(path, found.uid);
  // A symbolic link must not be changed, and neither must what it leads to.
  for (const start of new Set([path, realOf(path)])) {
    for (const at of upwards(start)) {
      const mode = statOf(at)?.mode ?? 0;
      const isKept = at !== start && (mode & STICKY) !== 0;
      if ((mode & OTHERS_WRITE) !== 0 && !isKept) throw open(at);
    }
  }
}

/** The user of this process; null on Windows. */
export function ourUser(): number | null {
  return process.getuid?.() ?? null;
}

/** The path, then each folder above it. */
function* upwards(path: string): Generator<string> {
  yield path;
  const above = dirname(path);
  if (above !== path) yield* upwards(above);
}

function statOf(path: string) {
  // Who cannot look at a folder gets the error of the command that uses it.
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const OR_ELSE = 'or set EAZEWA_HOOKS_HOME to a folder of your own.';

function foreign(path: string, owner: number): CliError {
  const message = `The folder ${path} belongs to another user (uid ${owner}): its files could send your events anywhere`;
  return new CliError('state', 'foreign_folder', message, {
    hint: `Remove the folder, ${OR_ELSE}`,
    facts: { path },
  });
}

function open(path: string): CliError {
  const message = `Everybody can write to the folder ${path}: its files could send your events anywhere`;
  return new CliError('state', 'open_folder', message, {
    hint: `Look through its files, then run: chmod o-w ${shellQuote(path)}, ${OR_ELSE}`,
    facts: { path },
  });
}
