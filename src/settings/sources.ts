/** Where a setting can come from, in order of precedence, and where each one did come from. */

import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import type { Profile } from './user-config.ts';

/** Earlier ones win. */
export type Source = 'flag' | 'environment' | '.env' | 'profile' | 'default';

/** An authtoken can also come from ngrok's own settings; then its name is the path of that file. */
export type AuthtokenSource = Source | 'ngrok';

/** A value, and where it came from. */
export interface Setting<T, From extends AuthtokenSource = Source> {
  readonly value: T;
  readonly source: From;
  /** What the person would recognise: `--api-url`, `EAZEWA_API_TOKEN`, `profiles.work.apiUrl`. */
  readonly name: string;
}

/** Every place that is looked into. */
export interface Sources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dotEnv: Readonly<Record<string, string | undefined>>;
  readonly profile: Profile;
  readonly profileName: string;
}

/** The names one setting has in each source; without a name a source is not asked. */
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
  'NGROK_AUTHTOKEN',
  'NGROK_DOMAIN',
  'NGROK_SERVER_ADDR',
];

const MAX_DOT_ENV_BYTES = 1024 * 1024;

/** What a `.env` in `cwd` says of our settings. Parsed, never loaded into the process. */
export async function readDotEnv(cwd: string): Promise<Record<string, string | undefined>> {
  const text = await readIfThere(join(cwd, '.env'), MAX_DOT_ENV_BYTES);
  const parsed = text === null ? {} : parseEnv(text);
  return Object.fromEntries(DOT_ENV_KEYS.map((key) => [key, parsed[key]]));
}

/** The value that wins, or null when no source has one. An empty value counts as not set. */
export function find(sources: Sources, names: Names): Setting<string> | null {
  return (
    first(sources.flags, names.flag ? [names.flag] : [], 'flag', optionOf) ??
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

/** A setting in words, for messages: `EAZEWA_API_URL (.env)`. */
export function describe(setting: Setting<unknown, AuthtokenSource>): string {
  if (setting.source === 'flag') return setting.name;
  if (setting.source === 'profile') return `${setting.name} (config.json)`;
  if (setting.source === 'ngrok') return `authtoken (${setting.name})`;
  return `${setting.name} (${setting.source})`;
}

/**
 * A secret as it was found, if it has the right form. Throws `invalid_secret` (usage) otherwise,
 * which names its source and says `form`, and never holds the value.
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

/** `apiUrl` as it is typed: `--api-url`. */
function optionOf(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
