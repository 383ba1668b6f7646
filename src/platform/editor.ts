/** Opens a text in the user's editor and reads the saved text. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { withoutSecrets } from './secret-env.ts';

/** The largest saved file in bytes: a longer text is no webhook. */
const MAX_BYTES = 16 * 1024 * 1024;

const HINT = 'Set VISUAL or EDITOR to your editor, for example: export EDITOR=nano';

/** How to edit a text. */
export interface Editing {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file's name without `.json`. */
  readonly name: string;
  /** Lends the terminal to the editor for as long as `work` takes: the screen's `away`. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Kills the editor when the program ends. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a text in `$VISUAL`, else `$EDITOR` (a shell command with arguments), else vi, on Windows
 * notepad. Resolves to the file's content after the editor exited. The file is private (folder 0700,
 * file 0600) and always removed. The editor's environment has none of our secrets.
 * Throws `editor_missing`, `editor_failed` (an exit code other than 0, or a signal) or
 * `edited_unreadable` (removed, no file, or more than 16 MiB), all usage.
 */
export async function editText(text: string, { env, name, run, signal }: Editing): Promise<string> {
  const editor = env.VISUAL || env.EDITOR || (process.platform === 'win32' ? 'notepad' : 'vi');
  const folder = mkdtempSync(join(tmpdir(), 'eazewa-hooks-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Also removes the file when the process exits meanwhile: it may hold a private message.
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

/** Runs the editor until it exits. */
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
  // Some editors ignore SIGTERM.
  const end = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  // Where no shell could start there is no exit event.
  const ended = await once(child, 'exit').catch(() => [127, null]);
  signal?.removeEventListener('abort', end);
  const [code, killedBy] = ended as [number | null, string | null];
  if (code === 0) return;
  // The shell's codes for a command that it cannot find or run; 9009 is from cmd.exe.
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

/** The content of the file. */
async function saved(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const stat = await handle.stat();
      if (stat.isFile() && stat.size <= MAX_BYTES) {
        // Notepad writes a byte order mark.
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
  return new CliError('usage', 'edited_unreadable', 'The editor saved no file of at most 16 MiB', {
    hint: 'Save under the same name, then close the editor.',
    cause,
  });
}

/** A name that is safe for file systems and shells. */
function fileName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return plain.replace(/^-+/, '').slice(0, 60) || 'event';
}
