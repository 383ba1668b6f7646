/** Where state lives: the folders of settings and data, and the folder of each instance. */

import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { CliError } from '../errors.ts';

/** The two folders everything is kept in, absolute. */
export interface Folders {
  /** The person's own settings. */
  readonly config: string;
  /** What the program keeps: a folder for each instance. */
  readonly data: string;
}

/** Folders where the system wants them, or both inside `EAZEWA_HOOKS_HOME`. Creates nothing. */
export function folders(env: Readonly<Record<string, string | undefined>>, cwd: string): Folders {
  const home = env.EAZEWA_HOOKS_HOME?.trim();
  if (home) return { config: resolve(cwd, home, 'config'), data: resolve(cwd, home, 'data') };
  const { config, data } = envPaths('eazewa-hooks', { suffix: '' });
  return { config, data };
}

/**
 * The folder of one instance's state inside `data`, keyed by the API's origin and the instance's id;
 * `simulator` stands for the API inside `listen --simulate`, which has one folder whatever its port.
 * The name matches `[a-z0-9._-]`: a readable part, and a hash that tells apart what the readable
 * part cannot. It is short because a socket's path in it must stay under some 100 bytes (macOS).
 */
export function instanceFolder(data: string, apiUrl: string, instanceId: string): string {
  if (apiUrl === 'simulator') return join(data, 'simulator');
  const { origin, host } = new URL(apiUrl);
  const hash = createHash('sha256').update(`${origin}\n${instanceId}`).digest('hex').slice(0, 12);
  return join(data, `${readable(host, 32)}-${readable(instanceId, 16)}-${hash}`);
}

/** The file that remembers the own webhook of the instance with this folder. */
export function ownWebhookPath(config: string, folder: string): string {
  return join(config, 'own-webhooks', `${basename(folder)}.json`);
}

/** The history of the instance with this folder. */
export function historyPath(folder: string): string {
  return join(folder, 'history.db');
}

/** The part of `text` that may stand in a file's name on every system. */
function readable(text: string, length: number): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9._]+/g, '-');
  return plain.slice(0, length).replace(/^[.-]+|[.-]+$/g, '') || 'x';
}

/**
 * Makes a folder that only its owner can read, and tightens one that is looser (POSIX).
 * Throws `state_folder` when it cannot be made, tightened or written.
 */
export async function privateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const { mode } = await stat(path);
    // Windows has no such bits: there the profile's own access list keeps others out.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) await chmod(path, 0o700);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliError('state', 'state_folder', `The folder ${path} cannot be used (${reason})`, {
      hint: 'Make it yours and writable, or set EAZEWA_HOOKS_HOME to a folder that is.',
      cause: error,
      facts: { path },
    });
  }
}
