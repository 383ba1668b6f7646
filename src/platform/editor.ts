/** The person's editor: a text is opened in it, and what was saved comes back. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../errors.ts';

/** What was saved may have so many bytes: more is no webhook. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What no editor, and none of its plugins, has to know. */
const SECRETS = new Set([
  'EAZEWA_API_TOKEN',
  'WAAPI_API_TOKEN',
  'EAZEWA_WEBHOOK_TOKEN',
  'NGROK_AUTHTOKEN',
]);

const HINT = 'Set VISUAL or EDITOR to your editor, for example: export EDITOR=nano';

/** Around the editing of a text. */
export interface Editing {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the file is called, without `.json`. */
  readonly name: string;
  /** Lends the terminal to the editor for as long as `work` takes: the screen's `away`. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the editor, since the program ends. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a text in `$VISUAL`, else `$EDITOR` (a command with arguments, as the shell understands it),
 * else vi, on Windows notepad. Resolves to what is in the file when the editor has ended. The file is
 * private (folder 0700, file 0600) and always removed. The editor gets none of our secrets.
 * Throws `editor_missing`, `editor_failed` (ended with another code than 0, or by a signal) or
 * `edited_unreadable` (removed, no file, or more than 16 MiB).
 */
export async function editText(text: string, { env, name, run, signal }: Editing): Promise<string> {
  const editor = env.VISUAL || env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const folder = mkdtempSync(join(tmpdir(), 'eazewa-hooks-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // A program that is made to leave meanwhile leaves no message of anybody behind.
  process.once('exit', remove);
  try {
    const file = join(folder, `${fileName(name)}.json`);
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    await run(() => edit(editor, file, withoutSecrets(env), signal));
    return await saved(file);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Runs the editor until it ends. */
async function edit(
  editor: string,
  file: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  const child =
    process.platform === 'win32'
      ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit', env })
      : spawn('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit', env });
  // Some editors take no notice of a hint.
  const end = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  // Without a shell there is no exit.
  const ended = await once(child, 'exit').catch(() => [127, null]);
  signal?.removeEventListener('abort', end);
  const [code, killedBy] = ended as [number | null, string | null];
  if (code === 0) return;
  // What a shell answers for a command that it cannot find or run; cmd.exe has a number of its own.
  if (code === 127 || code === 126 || code === 9009) {
    throw new CliError('usage', 'editor_missing', `The editor '${editor}' could not be started`, {
      hint: HINT,
    });
  }
  throw new CliError(
    'usage',
    'editor_failed',
    `The editor '${editor}' ended with ${code ?? killedBy}; what it saved was not used`,
    { hint: HINT },
  );
}

/** What the file holds now. */
async function saved(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const stat = await handle.stat();
      if (stat.isFile() && stat.size <= MAX_BYTES) {
        // Notepad puts a byte order mark in front.
        return (await handle.readFile('utf8')).replace(/^\ufeff/, '');
      }
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unreadable(cause);
  }
  throw unreadable();
}

function unreadable(cause?: unknown): CliError {
  return new CliError(
    'usage',
    'edited_unreadable',
    'What the editor left is no file of at most 16 MiB',
    { hint: 'Save under the same name, and leave the editor.', cause },
  );
}

function withoutSecrets(env: Editing['env']): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !SECRETS.has(name.toUpperCase())),
  );
}

/** A name that no file system and no shell takes for anything else. */
function fileName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return plain.replace(/^-+/, '').slice(0, 60) || 'event';
}
