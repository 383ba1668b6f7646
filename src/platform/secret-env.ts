/** Keeps secrets out of the environment of child processes: who may read that of an editor is not known. */

type Env = Record<string, string | undefined>;

/** Our own secrets, and settings that may hold one. */
const OURS: ReadonlySet<string> = new Set([
  'EAZEWA_API_TOKEN',
  'WAAPI_API_TOKEN',
  'EAZEWA_FORWARD_TO',
  'EAZEWA_WEBHOOK_SECRET',
  'EAZEWA_WEBHOOK_TOKEN',
  'NGROK_AUTHTOKEN',
]);
/** Urls that may hold a password, for every program that the user starts. */
const PROXIES: ReadonlySet<string> = new Set(['ALL_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY']);

/** A copy without our secrets. Windows does not distinguish the case of names. */
export function withoutSecrets(env: Readonly<Env>): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OURS.has(name.toUpperCase())));
}

/**
 * Returns a copy of the environment, and removes our secrets and all proxies from the original, which
 * threads and child processes inherit.
 */
export function takeSecrets(env: Env): Env {
  const whole = { ...env };
  for (const name of Object.keys(env)) {
    const upper = name.toUpperCase();
    if (OURS.has(upper) || PROXIES.has(upper)) delete env[name];
  }
  return whole;
}
