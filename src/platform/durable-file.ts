/** Small files that survive a crash: always the old or the new text, never half of one. */

import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';

/** Windows' errors while a virus scanner or an indexer holds the file. */
const HELD_BY_OTHERS: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Errors of systems that cannot sync or open a folder. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set([
  ...HELD_BY_OTHERS,
  'EISDIR',
  'EINVAL',
  'ENOTSUP',
  'ENOSYS',
]);

/**
 * Writes a file (0600) durably: writes a temporary file, syncs it, renames it. The folder must exist.
 * Throws `file_not_written` (state), and then leaves no temporary file.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await whileHeld(() => rename(beside, path));
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw failure('file_not_written', path, 'cannot be written', error);
  }
}

/** Removes a file durably, if it exists. Throws `file_not_removed` (state). */
export async function removeDurably(path: string): Promise<void> {
  try {
    await whileHeld(() => rm(path, { force: true }));
    await syncFolder(dirname(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw failure('file_not_removed', path, 'cannot be removed', error);
  }
}

/**
 * The text of a regular file, as {@link textOf} reads it; null for a missing file.
 * Anything else (a folder called `.env`, a pipe that would block) counts as missing.
 * Throws `file_not_read` (state) for an unreadable file or more than `maxBytes`.
 */
export async function readIfThere(path: string, maxBytes: number): Promise<string | null> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return null;
    if (found.size > maxBytes) throw new Error(`it holds more than ${maxBytes} bytes`);
    return textOf(await readFile(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw failure('file_not_read', path, 'cannot be read', error);
  }
}

/**
 * The text of a file's bytes, without a byte order mark. UTF-8, or by its mark UTF-16, which PowerShell
 * writes.
 */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

/** Retries for up to a second while another program on Windows holds the file. */
async function whileHeld(action: () => Promise<void>): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await action();
    } catch (error) {
      const passes = process.platform === 'win32' && HELD_BY_OTHERS.has(codeOf(error));
      if (!passes || wait > 500) throw error;
      await sleep(wait);
    }
  }
}

/** Syncs the folder: before that, a power cut may undo a rename. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function failure(code: string, path: string, what: string, cause: unknown): CliError {
  const reason = codeOf(cause) || (cause as Error).message;
  return new CliError('state', code, `${path} ${what} (${reason})`, { cause, facts: { path } });
}
