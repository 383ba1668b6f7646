/** Where a setting can come from, in order of precedence, and where each one did come from. */

import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { readIfThere } from '../platform/durable-file.ts';
import type { Profile } from './user-config.ts';

/** Earlier ones win. */
export type Source = 'flag' | 'environment' | '.env' | 'profile' | 'default';

/** A value, and where it came from. */
export interface Setting<T> {
  readonly value: T;
  readonly source: Source;
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
export function describe(setting: Setting<unknown>): string {
  if (setting.source === 'flag') return setting.name;
  if (setting.source === 'profile') return `${setting.name} (config.json)`;
  return `${setting.name} (${setting.source})`;
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
