/** Lets the user pick one of several instances: on a terminal by a question, elsewhere by the flags in an error. */

import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { canAsk, choose } from '../../platform/terminal.ts';

/** How a command may ask. */
export interface Asking {
  readonly io: Io;
  /** False with `--no-input`. */
  readonly input: boolean;
  readonly signal?: AbortSignal;
}

/** An instance that can be picked. */
export interface Offered<T> {
  /** As people know it: `33 (Shop) at waapi.app`. */
  readonly text: string;
  /** The flags that name it: `-i 33`. */
  readonly flags: string;
  readonly value: T;
}

/** `33 (Shop) at waapi.app`, without a name or an API that is not known. */
export function pickedText(id: string, name: string | null, apiUrl: string | null): string {
  const called = name === null ? '' : ` (${safeText(name, 60)})`;
  const at = apiUrl === null || !URL.canParse(apiUrl) ? '' : ` at ${new URL(apiUrl).host}`;
  return `${safeText(id, 64)}${called}${at}`;
}

/** The one that the user picks. Throws `which_instance` (usage), which has the flags of each. */
export async function pickInstance<T>(
  offered: readonly Offered<T>[],
  { io, input, signal = new AbortController().signal }: Asking,
): Promise<T> {
  const question = 'Which instance is meant?';
  if (canAsk(io, !input)) {
    const choices = offered.map(({ text, value }, index) => {
      return { key: String(index + 1), does: text, value };
    });
    const picked = await choose(io, question, choices, signal);
    if (picked !== null) return picked;
  }
  const hint = `Choose one. ${listed(offered)}`;
  throw new CliError('usage', 'which_instance', question, { hint });
}

/** The instances with the flags that name them, in one line. */
export function listed(offered: readonly Offered<unknown>[]): string {
  return offered.map(({ text, flags }) => `${text}: ${flags}`).join('; ');
}
