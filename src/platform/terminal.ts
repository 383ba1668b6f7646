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
  return /^y(es)?$/i.test(await ask(io, `${safeText(question, 1000)} [y/N] `, signal));
}

/** One answer to a question: the key to type, and what it does. */
export interface Choice<T> {
  readonly key: string;
  readonly does: string;
  readonly value: T;
}

/** Has the person choose; null for none of it, which is the default, and the answer when the signal fires. */
export async function choose<T>(
  io: Io,
  question: string,
  choices: readonly Choice<T>[],
  signal: AbortSignal,
): Promise<T | null> {
  const lines = choices.map(({ key, does }) => `  ${key}  ${safeText(does, 300)}`);
  const keys = choices.map(({ key }) => key).join('/');
  const asked = [safeText(question, 1000), ...lines, `Which? [${keys}/N] `].join('\n');
  const answer = (await ask(io, asked, signal)).toLowerCase();
  return choices.find(({ key }) => key === answer)?.value ?? null;
}

/** What is typed, without spaces around it; nothing when the input ends or the signal fires. */
async function ask(io: Io, asked: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({
    input: io.stdin,
    output: io.stderr as NodeJS.WriteStream,
    terminal: false,
  });
  try {
    // The input may end without an answer (Ctrl-D), of which `question` would say nothing.
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(asked, { signal }), closed]);
    return answer.trim();
  } catch {
    return '';
  } finally {
    lines.close();
  }
}
