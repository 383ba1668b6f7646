/** What a command is run with, and how its options are read. */

import * as z from 'zod';
import { CliError } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import type { Signals } from '../../platform/signals.ts';
import { resolveSettings, type Settings } from '../../settings/settings.ts';

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

/** Reads a command's options. Throws `bad_option` (usage) that names the option and says what it wants. */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.infer<T> {
  const parsed = schema.safeParse(raw, { error: inWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  const typed = (raw as Record<string, unknown>)[name];
  // What has a form of its own may be secret; numbers and choices are not.
  const isPlain = typeof typed === 'string' && issue?.code !== 'invalid_format';
  const shown = isPlain ? ` ${safeText(typed, 40)}` : '';
  const message = `${optionName(name)}${shown}: ${issue?.message ?? 'not valid'}`;
  throw new CliError('usage', 'bad_option', message);
}

/** `receiverPort` as it is typed: `--receiver-port`. */
export function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What a schema wants that has no words of its own for it. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'number') return 'it must be a number';
      return issue.expected === 'int' ? 'it must be a whole number' : undefined;
    case 'invalid_value':
      return `it must be ${issue.values.join(' or ')}`;
    case 'too_small':
      return `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `it must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** The options of a command that are settings. */
type SettingOptions = Pick<z.infer<typeof globalOptions>, 'instance' | 'apiUrl' | 'profile'> & {
  readonly domain?: string | undefined;
  readonly ngrokServer?: string | undefined;
  readonly ngrokCa?: string | undefined;
};

/** The settings of a command, from its options and everything beside them. */
export function settingsOf(options: SettingOptions, io: Io): Promise<Settings> {
  const { instance, apiUrl, profile, domain, ngrokServer, ngrokCa } = options;
  return resolveSettings({ instance, apiUrl, profile, domain, ngrokServer, ngrokCa }, io);
}
