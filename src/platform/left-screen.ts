/** Restores a terminal that a terminal UI left behind because it was killed: on the alternate screen, without a cursor. */

import { fstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Io, Output } from './io.ts';
import { isAlive } from './is-alive.ts';
import { folders } from './paths.ts';

/** Ends the update; resets attributes; line wrap on, bracketed paste off, cursor on, wheel as it was; normal screen. */
export const RESTORE_SCREEN =
  '\u001b[?2026l\u001b[0m\u001b[?7h\u001b[?2004l\u001b[?25h\u001b[?1007r\u001b[?1049l';
/** Leaving the alternate screen moves the cursor to where it was saved: on the normal screen, where it is. */
const SAVE_CURSOR = '\u001b7';

/** The longest marker to read, in bytes: an id of a process. */
const LONGEST = 32;

/** Says on disk, while a terminal UI has the screen, which process has it. */
export interface ScreenMarker {
  set(): void;
  clear(): void;
}

type Place = Pick<Io, 'env' | 'cwd' | 'stdout'>;

/** The marker of the terminal at stdout. Never throws: without a marker the screen works as well. */
export function screenMarker(place: Place, pid: number): ScreenMarker {
  const path = markerPath(place);
  return {
    set: () =>
      quietly(() => {
        if (path === null) return;
        mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
        writeFileSync(path, String(pid), { mode: 0o600 });
      }),
    clear: () =>
      quietly(() => {
        if (path !== null) rmSync(path, { force: true });
      }),
  };
}

/**
 * Restores the screen of the terminal at stdout where a process that is gone has left its marker; returns
 * whether it did. The shell restores the terminal's modes. Costs one read of a file that is not there. Never
 * throws.
 */
export function restoreLeftScreen(place: Place): boolean {
  const path = markerPath(place);
  if (path === null) return false;
  try {
    const text = readFileSync(path, { encoding: 'latin1' }).slice(0, LONGEST);
    const pid = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
    if (pid !== null && isAlive(pid)) return false;
    rmSync(path, { force: true });
    if (pid === null) return false;
  } catch {
    return false;
  }
  place.stdout.write(SAVE_CURSOR + RESTORE_SCREEN);
  return true;
}

/** The marker's file, named by the terminal's device; null where stdout is no terminal with one. */
function markerPath({ env, cwd, stdout }: Place): string | null {
  const { isTTY, fd } = stdout as Output & { fd?: number };
  if (isTTY !== true || fd === undefined) return null;
  try {
    const { rdev } = fstatSync(fd);
    return rdev > 0 ? join(folders(env, cwd).data, `screen-${rdev}`) : null;
  } catch {
    return null;
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // A full or read-only disk.
  }
}
