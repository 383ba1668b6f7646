/** Copies text to the system's clipboard, or over SSH to the terminal's. */

import { CliError } from '../errors.ts';
import type { Io } from './io.ts';

/** The most bytes that all terminals accept by OSC 52: many ignore longer text. */
const MOST_BY_TERMINAL = 74_000;

/**
 * Copies a text. Resolves to the name of the clipboard. Throws `not_copied` (usage) when the system has
 * no clipboard and the text is too long for the terminal.
 */
export async function copyText(text: string, io: Pick<Io, 'env' | 'stdout'>): Promise<string> {
  const isRemote = Boolean(io.env.SSH_TTY || io.env.SSH_CONNECTION);
  if (!isRemote && (await copiedBySystem(text))) return 'the clipboard';
  if (Buffer.byteLength(text) > MOST_BY_TERMINAL) {
    throw new CliError('usage', 'not_copied', 'The text is too long to copy through the terminal');
  }
  // OSC 52 has no answer: the terminal may ignore it.
  io.stdout.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
  return "the terminal's clipboard, if it allows that";
}

async function copiedBySystem(text: string): Promise<boolean> {
  try {
    const { writeText } = await import('tinyclip');
    await writeText(text);
    return true;
  } catch {
    return false;
  }
}
