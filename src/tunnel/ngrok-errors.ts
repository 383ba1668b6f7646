/** Why an ngrok tunnel could not be opened, in words: ngrok's codes and what the network says. */

import { CliError } from '../errors.ts';
import type { NgrokOptions } from './ngrok-options.ts';

/** What the SDK threw (or a time that was over), as a tunnel error. */
export function ngrokError(thrown: unknown, _options: NgrokOptions): CliError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new CliError('tunnel', 'ngrok_failed', message, { cause: thrown });
}
