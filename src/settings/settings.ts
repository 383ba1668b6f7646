/** Resolves every setting with its source: flag > environment > `.env` > profile > default. */

import { CliError } from '../errors.ts';
import type { Io } from '../platform/io.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { type Folders, folders } from '../platform/paths.ts';
import { safeText } from '../platform/safe-text.ts';
import { DEFAULT_API_URL, parseApiUrl } from './api-url.ts';
import type { NgrokSettings } from './ngrok.ts';
import { describe, find, readDotEnv, type Setting, type Sources, secret } from './sources.ts';
import { chooseProfile, readUserConfig } from './user-config.ts';

/** The options that are settings, as commander names them. */
export interface SettingFlags {
  readonly instance?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly profile?: string | undefined;
  readonly domain?: string | undefined;
  readonly sign?: string | undefined;
  readonly ngrokServer?: string | undefined;
  readonly ngrokCa?: string | undefined;
}

/** All settings; null where no source has one. */
export interface Settings {
  readonly apiUrl: Setting<string>;
  readonly apiToken: Setting<string> | null;
  /** The only API url that the token may be sent to: that of a profile's token, else null. */
  readonly apiTokenUrl: string | null;
  readonly instanceId: Setting<string> | null;
  /** The default target, as written. */
  readonly forwardTo: Setting<string> | null;
  /** The path token of the webhook url, instead of a random one. */
  readonly webhookToken: Setting<string> | null;
  /** The secret that signs webhook requests; null where it is not set. */
  readonly webhookSecret: Setting<string> | null;
  /** As written: checked by `readNgrok`, only where a tunnel is opened. */
  readonly ngrok: NgrokSettings;
  readonly profileName: string;
  /** Ids of instances whose webhook is never changed. */
  readonly protectedInstances: readonly string[];
  readonly folders: Folders;
}

/**
 * Reads all sources. Throws usage errors for malformed values, which name the source and never a secret:
 * `invalid_config`, `unknown_profile`, `invalid_api_url`, `invalid_instance_id`, `invalid_secret`.
 */
export async function resolveSettings(
  flags: SettingFlags,
  io: Pick<Io, 'env' | 'cwd'>,
): Promise<Settings> {
  const places = folders(io.env, io.cwd);
  const config = await readUserConfig(places.config);
  const wantedProfile = flags.profile?.trim() || undefined;
  const profile = chooseProfile(config, wantedProfile);
  const profileName = wantedProfile ?? 'default';
  const dotEnv = await readDotEnv(io.cwd);
  const sources: Sources = { flags: { ...flags }, env: io.env, dotEnv, profile, profileName };
  const apiToken = secret(
    find(sources, { variables: ['EAZEWA_API_TOKEN', 'WAAPI_API_TOKEN'], profile: 'apiToken' }),
    /^[\x21-\x7e]{1,4096}$/,
    'one line of visible ASCII characters',
  );
  return {
    apiUrl: apiUrlOf(sources),
    apiToken,
    apiTokenUrl: apiToken?.source === 'profile' ? profileApiUrl(sources) : null,
    instanceId: instanceIdOf(sources),
    forwardTo: find(sources, { variables: ['EAZEWA_FORWARD_TO'], profile: 'forwardTo' }),
    webhookToken: secret(
      find(sources, { variables: ['EAZEWA_WEBHOOK_TOKEN'] }),
      /^[A-Za-z0-9_-]{32,1024}$/,
      '32 or more of the characters A-Z a-z 0-9 _ -',
    ),
    webhookSecret: secret(
      find(sources, {
        flag: 'sign',
        variables: ['EAZEWA_WEBHOOK_SECRET'],
        profile: 'webhookSecret',
      }),
      /^\P{Cc}{1,4096}$/u,
      '1 to 4096 characters without control characters',
    ),
    ngrok: {
      authtoken: find(sources, { variables: ['NGROK_AUTHTOKEN'], profile: 'ngrokAuthtoken' }),
      domain: find(sources, {
        flag: 'domain',
        variables: ['NGROK_DOMAIN'],
        profile: 'ngrokDomain',
      }),
      server: find(sources, {
        flag: 'ngrokServer',
        variables: ['NGROK_SERVER_ADDR'],
        profile: 'ngrokServer',
      }),
      ca: find(sources, { flag: 'ngrokCa', variables: ['NGROK_ROOT_CAS'], profile: 'ngrokCa' }),
    },
    profileName,
    protectedInstances: config.protectedInstances,
    folders: places,
  };
}

function apiUrlOf(sources: Sources): Setting<string> {
  const found = find(sources, {
    flag: 'apiUrl',
    variables: ['EAZEWA_API_URL'],
    profile: 'apiUrl',
  });
  if (!found) return { value: DEFAULT_API_URL, source: 'default', name: 'the default API url' };
  return { ...found, value: parseApiUrl(found.value, describe(found)) };
}

/** The API url of the profile, even where another source wins: the profile's token belongs to that server only. */
function profileApiUrl(sources: Sources): string {
  const own = find({ ...sources, flags: {}, env: {}, dotEnv: {} }, { profile: 'apiUrl' });
  return own ? parseApiUrl(own.value, describe(own)) : DEFAULT_API_URL;
}

function instanceIdOf(sources: Sources): Setting<string> | null {
  const found = find(sources, {
    flag: 'instance',
    variables: ['EAZEWA_INSTANCE_ID', 'WAAPI_INSTANCE_ID'],
    profile: 'instanceId',
  });
  if (!found || /^[A-Za-z0-9_-]{1,64}$/.test(found.value)) return found;
  // Somebody may have set it to the API token.
  const shown = safeText(maskUrl(found.value), 64);
  const message = `${describe(found)}: ${shown} is not an instance id`;
  throw new CliError('usage', 'invalid_instance_id', message, {
    hint: 'Use the number that your account shows for the instance.',
  });
}
