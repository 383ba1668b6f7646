/** Has the user's editor change a text, in a file that nobody else can read. */

import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Io } from './io.ts';

/** More is not read back. In bytes. */
const LONGEST = 16 * 1024 * 1024;
/** Ours: an editor with plugins has no use for them. */
const SECRETS = ['EAZEWA_API_TOKEN', 'WAAPI_API_TOKEN', 'EAZEWA_WEBHOOK_TOKEN', 'NGROK_AUTHTOKEN'];

/**
 * Opens `text` as a `.json` file in `VISUAL` or `EDITOR` (else `vi`, on Windows `notepad`) and
 * resolves to what was saved when the editor ends. The file lies in a folder of its own, 0600, and is
 * removed in any case. Throws `editor_failed` (usage) when the editor cannot be started or fails.
 */
export async function editText(text: string, { env }: Pick<Io, 'env'>): Promise<string> {
  const command = env.VISUAL || env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-hooks-'));
  try {
    const path = join(folder, 'body.json');
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(text).finally(() => file.close());
    await edited(command, path, env);
    return await readBack(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function edited(command: string, path: string, env: Io['env']): Promise<void> {
  const kept = Object.entries(env).filter(([name]) => !SECRETS.includes(name));
  // What the user set is a command line of his shell's (`code --wait`); the path is ours, without quotes in it.
  const child = spawn(`${command} "${path}"`, {
    shell: true,
    stdio: 'inherit',
    env: Object.fromEntries(kept),
  });
  return new Promise((resolve, reject) => {
    const failed = (why: string, cause?: unknown) =>
      reject(
        new CliError('usage', 'editor_failed', `The editor (${command}) ${why}`, {
          hint: 'Set EDITOR to one that waits until you are done, such as: EDITOR="code --wait"',
          cause,
        }),
      );
    child.on('error', (error) => failed('could not be started', error));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else failed(signal === null ? `ended with ${code}` : `was ended by ${signal}`);
    });
  });
}

async function readBack(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > LONGEST) {
      throw new CliError('usage', 'body_too_large', 'What was saved is larger than 16 MiB');
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
