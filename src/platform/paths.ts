/** The folders for settings, for data and for each instance. */

import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { CliError } from '../errors.ts';
import { ourUser, refuseUntrusted } from './trusted-folder.ts';

/** The program's two folders, absolute. */
export interface Folders {
  /** The user's settings. */
  readonly config: string;
  /** The program's state: a folder for each instance. */
  readonly data: string;
}

/**
 * The system's standard folders, or both inside `EAZEWA_HOOKS_HOME`. Creates nothing. Throws `bad_home`
 * (usage) for a `~` that no shell expanded, and what {@link refuseUntrusted} throws.
 */
export function folders(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  uid = ourUser(),
): Folders {
  const found = placesOf(env, cwd);
  for (const path of [found.config, found.data]) refuseUntrusted(path, uid);
  return found;
}

function placesOf(env: Readonly<Record<string, string | undefined>>, cwd: string): Folders {
  const home = env.EAZEWA_HOOKS_HOME?.trim();
  if (home?.startsWith('~')) {
    const message = `EAZEWA_HOOKS_HOME is ${JSON.stringify(home)}: only a shell knows what ~ stands for`;
    throw new CliError('usage', 'bad_home', message, {
      hint: 'Write the whole path, or $HOME without single quotes; a folder named ~ is ./~.',
    });
  }
  if (home) return { config: resolve(cwd, home, 'config'), data: resolve(cwd, home, 'data') };
  const { config, data } = envPaths('eazewa-hooks', { suffix: '' });
  return { config: absolute(config, '.config'), data: absolute(data, '.local', 'share') };
}

/** The XDG standard ignores a relative path in XDG_CONFIG_HOME or XDG_DATA_HOME. */
function absolute(path: string, ...standard: readonly string[]): string {
  if (isAbsolute(path)) return path;
  const home = isAbsolute(homedir()) ? homedir() : userInfo().homedir;
  return join(home, ...standard, basename(path));
}

/**
 * The folder of an instance's state inside `data`, keyed by the API's origin and the instance's id.
 * `simulator` is the API of `listen --simulate`, which has one folder for every port. The name, of
 * `[a-z0-9._-]`, has a readable part and a hash for uniqueness. It is short, since the path of the
 * socket in it must stay under 100 bytes (macOS).
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

/** The history file of the instance with this folder. */
export function historyPath(folder: string): string {
  return join(folder, 'history.db');
}

/** `text` without characters that a file's name cannot have on every system. */
function readable(text: string, length: number): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9._]+/g, '-');
  return plain.slice(0, length).replace(/^[.-]+|[.-]+$/g, '') || 'x';
}

/**
 * Creates a folder that only its owner can read, and tightens the mode of an existing one (POSIX).
 * Throws `state_folder` (state) when the folder cannot be created, tightened or written, and what
 * {@link refuseUntrusted} throws.
 */
export async function privateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    refuseUntrusted(path);
    const { mode } = await stat(path);
    // Windows has no mode bits; there the profile's access list keeps others out.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) await chmod(path, 0o700);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CliError('state', 'state_folder', `The folder ${path} cannot be used (${reason})`, {
      hint: 'Make the folder yours and writable, or set EAZEWA_HOOKS_HOME to one that is.',
      cause: error,
      facts: { path },
    });
  }
}
