/** What a command is run with, and how its options are read. */

import * as z from 'zod';
import { CliError } from '../errors.ts';
import type { Io } from '../platform/io.ts';
import { safeText } from '../platform/safe-text.ts';
import type { Signals } from '../platform/signals.ts';
import { resolveSettings, type Settings } from '../settings/settings.ts';

/** The outside world of a command. */
export interface Deps {
  readonly io: Io;
  /**
   * For a command that runs until it is told to stop: hears signals, and stdout being closed.
   * `leaving` is called when a second signal makes the process leave at once.
   */
  readonly signals: (leaving?: () => void) => Signals;
}

/** The options that every command has; what commander gives, checked. */
export const globalOptions = z.object({
  instance: z.string().optional(),
  apiUrl: z.string().optional(),
  profile: z.string().optional(),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  color: z.boolean().default(true),
  input: z.boolean().default(true),
  yes: z.boolean().default(false),
});

/** A repeatable option. */
export const list = z.array(z.string()).default([]);

/** A port of this machine; 0 for any free one. */
export const port = z.coerce.number().int().min(0).max(65535);

/** The ` -i` that a command to copy needs as this one had it; nothing where it had none. */
export function asTyped({ instance }: z.infer<typeof globalOptions>): string {
  return instance === undefined ? '' : ` -i ${safeText(instance, 64)}`;
}

/** Reads a command's options. Throws a usage error that names the option. */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.infer<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliError('usage', 'bad_option', `--${option}: ${issue?.message ?? 'not valid'}`);
}

/** The settings of a command, from its options and everything beside them. */
export function settingsOf(options: z.infer<typeof globalOptions>, io: Io): Promise<Settings> {
  const { instance, apiUrl, profile } = options;
  return resolveSettings(
    {
      ...(instance === undefined ? {} : { instance }),
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(profile === undefined ? {} : { profile }),
    },
    io,
  );
}
