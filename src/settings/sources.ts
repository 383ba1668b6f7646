/** The sources of a setting, in order of precedence. */

import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import type { Profile } from './user-config.ts';

/** Earlier ones win. */
export type Source = 'flag' | 'environment' | '.env' | 'profile' | 'default';

/** An authtoken can also come from ngrok's own settings; its name is then the path of that file. */
export type AuthtokenSource = Source | 'ngrok';

/** A value and its source. */
export interface Setting<T, From extends AuthtokenSource = Source> {
  readonly value: T;
  readonly source: From;
  /** As the user wrote it: `--api-url`, `EAZEWA_API_TOKEN`, `profiles.work.apiUrl`. */
  readonly name: string;
}

/** The values of every source. */
export interface Sources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dotEnv: Readonly<Record<string, string | undefined>>;
  readonly profile: Profile;
  readonly profileName: string;
}

/** The names of one setting in each source; a source without a name is skipped. */
export interface Names {
  readonly flag?: string;
  /** The first that is set wins. */
  readonly variables?: readonly string[];
  readonly profile?: keyof Profile;
}

/** The only variables that a `.env` may set: never a proxy, a CA or a state folder. */
const DOT_ENV_KEYS = [
  'EAZEWA_API_TOKEN',
  'WAAPI_API_TOKEN',
  'EAZEWA_INSTANCE_ID',
  'WAAPI_INSTANCE_ID',
  'EAZEWA_API_URL',
  'EAZEWA_FORWARD_TO',
  'EAZEWA_WEBHOOK_TOKEN',
  'EAZEWA_WEBHOOK_SECRET',
  'NGROK_AUTHTOKEN',
  'NGROK_DOMAIN',
  'NGROK_SERVER_ADDR',
];

const MAX_DOT_ENV_BYTES = 1024 * 1024;

/**
 * The settings in the `.env` of `cwd`, by variable. The file is parsed, never loaded into the process.
 * Throws `invalid_dot_env` (usage) for a file that is no text, and what {@link readIfThere} throws.
 */
export async function readDotEnv(cwd: string): Promise<Record<string, string | undefined>> {
  const path = join(cwd, '.env');
  const text = await readIfThere(path, MAX_DOT_ENV_BYTES);
  // UTF-16 without a byte order mark, of which the parser would make no settings at all.
  if (text?.includes('\0')) {
    throw new CliError('usage', 'invalid_dot_env', `${path} is not UTF-8 text`, {
      hint: 'Save it as UTF-8.',
    });
  }
  const parsed = text === null ? {} : parseEnv(text);
  return Object.fromEntries(DOT_ENV_KEYS.map((key) => [key, parsed[key]]));
}

/** The value that wins, or null when no source has one. An empty value counts as not set. */
export function find(sources: Sources, names: Names): Setting<string> | null {
  return (
    first(sources.flags, names.flag ? [names.flag] : [], 'flag', optionName) ??
    first(sources.env, names.variables, 'environment') ??
    first(sources.dotEnv, names.variables, '.env') ??
    first(
      { ...sources.profile },
      names.profile ? [names.profile] : [],
      'profile',
      (key) => `profiles.${sources.profileName}.${key}`,
    )
  );
}

/** A setting with its source, for messages: `EAZEWA_API_URL (.env)`. */
export function describe(setting: Setting<unknown, AuthtokenSource>): string {
  if (setting.source === 'flag') return setting.name;
  if (setting.source === 'profile') return `${setting.name} (config.json)`;
  if (setting.source === 'ngrok') return `authtoken (${setting.name})`;
  return `${setting.name} (${setting.source})`;
}

/**
 * Returns a secret that matches `pattern`, or null without one. Throws `invalid_secret` (usage)
 * otherwise: it names the source and the `form`, and never holds the value.
 */
export function secret<From extends AuthtokenSource>(
  found: Setting<string, From> | null,
  pattern: RegExp,
  form: string,
): Setting<string, From> | null {
  if (!found || pattern.test(found.value)) return found;
  const message = `The value of ${describe(found)} cannot be used: it must be ${form}`;
  throw new CliError('usage', 'invalid_secret', message);
}

/** An option as it is typed: `--receiver-port` for `receiverPort`, as commander names it. */
export function optionName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function first(
  values: Readonly<Record<string, string | undefined>>,
  keys: readonly string[] = [],
  source: Source,
  nameOf = (key: string) => key,
): Setting<string> | null {
  for (const key of keys) {
    const value = values[key]?.trim();
    if (value) return { value, source, name: nameOf(key) };
  }
  return null;
}
