/** Reads the user's settings: `config.json` in the settings folder, with profiles. */

import { join } from 'node:path';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import { safeText } from '../platform/safe-text.ts';

// Strict: a mistyped `protectedInstances` that is ignored would protect nothing.
const profile = z.strictObject({
  apiToken: z.string().optional(),
  apiUrl: z.string().optional(),
  instanceId: z.union([z.string(), z.int().transform(String)]).optional(),
  forwardTo: z.string().optional(),
  webhookSecret: z.string().optional(),
  ngrokAuthtoken: z.string().optional(),
  ngrokDomain: z.string().optional(),
  ngrokServer: z.string().optional(),
  ngrokCa: z.string().optional(),
});
const userConfig = z.strictObject({
  profiles: z.record(z.string(), profile).default({}),
  protectedInstances: z.array(z.union([z.string(), z.int().transform(String)])).default([]),
});

/** One profile. */
export type Profile = z.infer<typeof profile>;
/** The whole file. */
export type UserConfig = z.infer<typeof userConfig>;

const MAX_BYTES = 1024 * 1024;

/** The file's path in the settings folder. */
export function userConfigPath(configFolder: string): string {
  return join(configFolder, 'config.json');
}

/**
 * Reads the file; all is empty without one.
 * Throws `invalid_config` (usage), which names the file and the place in it, never a value.
 */
export async function readUserConfig(configFolder: string): Promise<UserConfig> {
  const path = userConfigPath(configFolder);
  const text = await readIfThere(path, MAX_BYTES);
  const parsed = userConfig.safeParse(text === null ? {} : parseJson(text, path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join('.') || 'the whole file';
  throw invalid(path, safeText(`${place}: ${issue?.message}`, 200));
}

/**
 * The profile with this name, or `default`, which need not exist.
 * Throws `unknown_profile` (usage), which names the existing ones.
 */
export function chooseProfile(config: UserConfig, name: string | undefined): Profile {
  const wanted = name ?? 'default';
  const found = Object.hasOwn(config.profiles, wanted) ? config.profiles[wanted] : undefined;
  if (found !== undefined) return found;
  if (name === undefined) return {};
  const names = Object.keys(config.profiles).join(', ');
  const message = `There is no profile ${safeText(wanted, 64)}`;
  throw new CliError('usage', 'unknown_profile', message, {
    hint: names
      ? `The profiles are: ${safeText(names, 500)}`
      : 'Your settings (config.json) have no profiles.',
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text around the error, which may be the API token.
    throw invalid(path, 'it is not valid JSON');
  }
}

function invalid(path: string, problem: string): CliError {
  return new CliError('usage', 'invalid_config', `${path} cannot be used: ${problem}`, {
    hint: 'Correct the file or remove it.',
    facts: { path },
  });
}
