/** Registers a command on the program; its module is loaded only when the command runs. */

import type { Command } from 'commander';
import type { Deps } from './deps.ts';

/** Runs a command with its options and arguments as commander gives them; resolves with the exit code. */
type Run = (options: unknown, deps: Deps) => Promise<number>;

/** Loads the module that holds a command. */
type Load = () => Promise<{ readonly run: Run }>;

/** The name of the option that holds the exit code of the command that ran. */
export const EXIT_CODE = 'exitCode';

/** Collects the values of an option that may be given several times. */
export const repeat = (value: string, before: string[] = []): string[] => [...before, value];

/**
 * Adds a command to `parent` and returns it, so that its flags can be added.
 * `run` gets the command's own options, the global ones and its arguments, each by name.
 * `isDefault` runs it where `parent` is typed alone; `severalInstances` passes every `-i` on.
 */
export function addCommand(
  parent: Command,
  deps: Deps,
  nameAndArguments: string,
  description: string,
  load: Load,
  { isDefault = false, severalInstances = false } = {},
): Command {
  const command = parent.command(nameAndArguments, { isDefault }).description(description);
  return command.action(async () => {
    const names = command.registeredArguments.map((argument) => argument.name());
    const given = Object.fromEntries(names.map((name, at) => [name, command.processedArgs[at]]));
    const { run } = await load();
    const { instance, ...named } = command.optsWithGlobals();
    // As with any other option the last value counts, except where several instances may be named.
    const which = severalInstances ? instance : instance?.at(-1);
    const code = await run({ ...named, instance: which, ...given }, deps);
    command.setOptionValue(EXIT_CODE, code);
  });
}
