/** Terminal helpers: writes that never block, and questions to the user. */

import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Io, Output } from './io.ts';
import { safeText } from './safe-text.ts';

/**
 * Makes writes to a terminal return at once. By default Node blocks its main thread while the
 * terminal does not read (a paused screen, Ctrl-S), and then handles no signal.
 * Node has no public API for this; without the private one nothing changes.
 */
export function neverBlock(output: Output): void {
  if (output.isTTY !== true) return;
  const { _handle } = output as { _handle?: { setBlocking?: (blocking: boolean) => unknown } };
  _handle?.setBlocking?.(false);
}

/**
 * Keeps Node from setting the terminal's modes at exit, as it does after raw mode: a background job would
 * be stopped by that (SIGTTOU). The stream cannot be used any more.
 * Node has no public API for this; without the private one nothing changes.
 */
export function leaveModesAlone(stdin: NodeJS.ReadStream): void {
  const { _handle } = stdin as { _handle?: { fd?: number } };
  try {
    if (_handle?.fd !== undefined) closeSync(_handle.fd);
  } catch {
    // The terminal hung up.
  }
}

/** Writes, and resolves when the stream accepts more, so that a slow reader slows only its writer. */
export function writeDrained(output: Output, text: string | Uint8Array): Promise<void> {
  if (text.length === 0 || output.write(text)) return Promise.resolve();
  return new Promise((resolve) => output.once('drain', resolve));
}

/** Whether a user is at the terminal and may be asked: a background job would be stopped when it reads. */
export function canAsk(io: Io, noInput: boolean): boolean {
  return !noInput && io.stdin.isTTY === true && io.stderr.isTTY === true && io.inForeground();
}

/** The message for the answer no: the question has said the rest. */
export const DECLINED = 'Not confirmed: nothing was changed';

/** Asks a yes-or-no question on the terminal. No is the default, and the answer on abort. */
export async function confirm(io: Io, question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(io, `${safeText(question, 1000)} [y/N] `, signal));
}

/** One answer to a question: its key and its effect. */
export interface Choice<T> {
  readonly key: string;
  readonly does: string;
  readonly value: T;
}

/** Asks the user to choose. Null for none of the choices is the default, and the answer on abort. */
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

/** The trimmed answer; empty when the input ends or the signal aborts. */
async function ask(io: Io, asked: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({
    input: io.stdin,
    output: io.stderr as NodeJS.WriteStream,
    terminal: false,
  });
  try {
    // `question` never settles when the input ends without an answer (Ctrl-D).
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(asked, { signal }), closed]);
    return answer.trim();
  } catch {
    return '';
  } finally {
    lines.close();
  }
}
