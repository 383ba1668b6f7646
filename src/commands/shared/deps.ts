/** What a command gets to run with, and how it reads its options. */

import * as z from 'zod';
import { CliError, type ExitName } from '../../errors.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { shellWord } from '../../platform/shell-quote.ts';
import type { Signals } from '../../platform/signals.ts';
import { resolveSettings, type Settings } from '../../settings/settings.ts';
import { optionName } from '../../settings/sources.ts';

/** What a command gets from `cli.ts`. */
export interface Deps {
  readonly io: Io;
  /**
   * For a command that runs until it is stopped: listens for signals, and for stdout being closed.
   * `leaves` is asked at every signal after the first: the exit code with which the process ends at
   * once, null to go on. Without it, the second signal ends the process with its own exit code.
   */
  readonly signals: (leaves?: (exit: ExitName) => Promise<ExitName | null>) => Signals;
}

/** The options that every command has, as commander gives them. */
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

/** The flags by which this command names an instance, for a command in a hint: ` -i 33`; empty without one. */
export function asTyped({ instance, apiUrl, profile }: z.infer<typeof globalOptions>): string {
  const flags = Object.entries({ '-i': instance, '--api-url': apiUrl, '--profile': profile });
  const given = flags.filter(([, value]) => value !== undefined);
  return given.map(([flag, value = '']) => ` ${flag} ${shellWord(safeText(value))}`).join('');
}

/** Reads a command's options. Throws `bad_option` (usage), which names the option and its valid values. */
export function parseOptions<T extends z.ZodType>(schema: T, raw: unknown): z.infer<T> {
  const parsed = schema.safeParse(raw, { error: inWords });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  const typed = (raw as Record<string, unknown>)[name];
  // A value with its own format may be secret; numbers and choices are not.
  const isPlain = typeof typed === 'string' && issue?.code !== 'invalid_format';
  const shown = isPlain ? ` ${safeText(typed, 40)}` : '';
  const message = `${optionName(name)}${shown}: ${issue?.message ?? 'not valid'}`;
  throw new CliError('usage', 'bad_option', message);
}

/** The message for a value that a schema without a message of its own refuses. */
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
export type SettingOptions = Pick<
  z.infer<typeof globalOptions>,
  'instance' | 'apiUrl' | 'profile'
> & {
  readonly domain?: string | undefined;
  readonly ngrokServer?: string | undefined;
  readonly ngrokCa?: string | undefined;
};

/** The settings of a command. Throws what {@link resolveSettings} throws. */
export function settingsOf(options: SettingOptions, io: Io): Promise<Settings> {
  const { instance, apiUrl, profile, domain, ngrokServer, ngrokCa } = options;
  return resolveSettings({ instance, apiUrl, profile, domain, ngrokServer, ngrokCa }, io);
}
