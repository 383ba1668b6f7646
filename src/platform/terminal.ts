/** A terminal that nobody reads must not stop the program: writing to it without blocking, and asking a question. */

import { createInterface } from 'node:readline/promises';
import type { Io, Output } from './io.ts';
import { safeText } from './safe-text.ts';

/**
 * Makes writes to a terminal return at once. By default Node blocks its main thread in them while
 * the terminal does not read (a paused screen, Ctrl-S), and then no signal is heard.
 * Node has no public way to say so; where the private one is missing, nothing changes.
 */
export function neverBlock(output: Output): void {
  if (output.isTTY !== true) return;
  const { _handle } = output as { _handle?: { setBlocking?: (blocking: boolean) => unknown } };
  _handle?.setBlocking?.(false);
}

/** Writes and resolves when the stream can take more, so that a slow reader slows only its writer. */
export function writeDrained(output: Output, text: string | Uint8Array): Promise<void> {
  if (text.length === 0 || output.write(text)) return Promise.resolve();
  return new Promise((resolve) => output.once('drain', resolve));
}

/** Whether a person sits at the keyboard and may be asked. */
export function canAsk(io: Io, noInput: boolean): boolean {
  return !noInput && io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Asks a yes-or-no question on the terminal; no is the default, and the answer when the signal fires. */
export async function confirm(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({
    input: io.stdin,
    output: io.stderr as NodeJS.WriteStream,
    terminal: false,
  });
  try {
    // The input may end without an answer (Ctrl-D), of which `question` would say nothing.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([
      lines.question(`${safeText(question, 1000)} [y/N] `, { signal }),
      closed,
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
