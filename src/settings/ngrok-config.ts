/** Reads the authtoken in the settings file of ngrok's own agent. The file is never written. */

import { posix, win32 } from 'node:path';
import * as z from 'zod';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import { safeText } from '../platform/safe-text.ts';
import type { Setting } from './sources.ts';

const MAX_BYTES = 256 * 1024;

const authtoken = z.string().trim().min(1).optional().catch(undefined);
/** The authtoken is below `agent` in version 3 of the file, at the top in versions 1 and 2. */
const ngrokConfig = z.object({
  agent: z.object({ authtoken }).optional().catch(undefined),
  authtoken,
});

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The paths of the agent's file (https://ngrok.com/docs/agent/config), then of version 2 of the agent.
 * Empty where the environment names no home folder.
 */
export function ngrokConfigPaths(env: Env, platform: NodeJS.Platform): string[] {
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix;
  const home = platform === 'win32' ? env.USERPROFILE : env.HOME;
  const below = (folder: string | undefined, ...rest: string[]) =>
    folder !== undefined && isAbsolute(folder) ? [join(folder, ...rest)] : [];
  const old = below(home, '.ngrok2', 'ngrok.yml');
  if (platform === 'win32') return [...below(env.LOCALAPPDATA, 'ngrok', 'ngrok.yml'), ...old];
  if (platform === 'darwin') {
    return [...below(home, 'Library', 'Application Support', 'ngrok', 'ngrok.yml'), ...old];
  }
  const [path = null] = [
    ...below(env.XDG_CONFIG_HOME, 'ngrok', 'ngrok.yml'),
    ...below(home, '.config', 'ngrok', 'ngrok.yml'),
  ];
  return path === null ? old : [path, ...old];
}

/**
 * The first authtoken of the files; null where none has one.
 * Throws `invalid_ngrok_config` (usage) where none is found and a file cannot be used; the error names
 * the file and none of its content.
 */
export async function ngrokConfigAuthtoken(
  paths: readonly string[],
): Promise<Setting<string, 'ngrok'> | null> {
  let unusable: CliError | null = null;
  for (const path of paths) {
    try {
      const value = await authtokenIn(path);
      if (value !== null) return { value, source: 'ngrok', name: path };
    } catch (error) {
      unusable ??= invalid(path, error);
    }
  }
  if (unusable !== null) throw unusable;
  return null;
}

async function authtokenIn(path: string): Promise<string | null> {
  const text = await readIfThere(path, MAX_BYTES);
  if (text === null) return null;
  const { parse } = await import('yaml');
  // Without a log level the parser writes warnings to stderr. It refuses alias bombs by default.
  const value: unknown = parse(text, { logLevel: 'error' });
  const parsed = ngrokConfig.safeParse(value ?? {});
  if (!parsed.success) throw parsed.error;
  return parsed.data.agent?.authtoken ?? parsed.data.authtoken ?? null;
}

function invalid(path: string, error: unknown): CliError {
  // The parser's message quotes the text around the error, which may be the authtoken.
  const problem = error instanceof CliError ? error.message : `${path} is not valid YAML`;
  const message = `The ngrok authtoken cannot be read: ${problem}`;
  return new CliError('usage', 'invalid_ngrok_config', safeText(message, 1000), {
    hint: "Run 'ngrok config check' to see what is wrong, or set NGROK_AUTHTOKEN.",
    facts: { path },
  });
}
