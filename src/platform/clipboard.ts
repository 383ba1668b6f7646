/** Puts a text on the clipboard: the system's, or over SSH the one of the terminal that the user sits at. */

import { CliError } from '../errors.ts';
import type { Io } from './io.ts';

/** What terminals take by OSC 52 at the least: of more, many take nothing. In bytes. */
const MOST_BY_TERMINAL = 74_000;

/**
 * Copies a text. Resolves to where it went, in words. Throws `not_copied` where the system has no
 * clipboard and the text is too long to be handed to the terminal.
 */
export async function copyText(text: string, io: Pick<Io, 'env' | 'stdout'>): Promise<string> {
  const isRemote = Boolean(io.env.SSH_TTY || io.env.SSH_CONNECTION);
  if (!isRemote && (await copiedBySystem(text))) return 'the clipboard';
  if (Buffer.byteLength(text) > MOST_BY_TERMINAL) {
    throw new CliError('usage', 'not_copied', 'That is too long to be copied through the terminal');
  }
  // OSC 52: nobody says whether the terminal takes it.
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
