/** Settings: flag over environment over `.env` over profile over default, each with its source. */

import { CliError } from '../errors.ts';
import type { Io } from '../platform/io.ts';
import { type Folders, folders } from '../platform/paths.ts';
import { safeText } from '../platform/safe-text.ts';
import { DEFAULT_API_URL, parseApiUrl } from './api-url.ts';
import type { NgrokSettings } from './ngrok.ts';
import { describe, find, readDotEnv, type Setting, type Sources, secret } from './sources.ts';
import { chooseProfile, readUserConfig } from './user-config.ts';

/** The options of the command line that are settings, as commander names them. */
export interface SettingFlags {
  readonly instance?: string | undefined;
  readonly apiUrl?: string | undefined;
  readonly profile?: string | undefined;
  readonly domain?: string | undefined;
  readonly ngrokServer?: string | undefined;
  readonly ngrokCa?: string | undefined;
}

/** Every setting; null where no source has it. */
export interface Settings {
  readonly apiUrl: Setting<string>;
  readonly apiToken: Setting<string> | null;
  /** The API url that the token was checked against: for a profile's token, else null. */
  readonly apiTokenUrl: string | null;
  readonly instanceId: Setting<string> | null;
  /** As it was written; what a target is, is read where targets are. */
  readonly forwardTo: Setting<string> | null;
  /** The path token to use instead of a random one. */
  readonly webhookToken: Setting<string> | null;
  /** As it was written; only who opens an ngrok tunnel reads more of it. */
  readonly ngrok: NgrokSettings;
  readonly profileName: string;
  /** Ids of instances whose webhook is never touched. */
  readonly protectedInstances: readonly string[];
  readonly folders: Folders;
}

/**
 * Reads all sources. Throws usage errors for what is malformed, naming its source and never a secret:
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

/** What the profile itself says, whatever won: its token belongs to that server and no other. */
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
  const message = `${describe(found)}: ${safeText(found.value, 64)} is no instance id`;
  throw new CliError('usage', 'invalid_instance_id', message, {
    hint: 'It is the number that your account shows for the instance.',
  });
}
