/** Reads and checks the settings of an ngrok tunnel, and refuses to send the authtoken to an untrusted server. */

import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { readIfThere } from '../platform/durable-file.ts';
import type { Io } from '../platform/io.ts';
import { maskUrl } from '../platform/mask-url.ts';
import { safeText } from '../platform/safe-text.ts';
import { ngrokConfigAuthtoken, ngrokConfigPaths } from './ngrok-config.ts';
import { type AuthtokenSource, describe, type Setting, secret } from './sources.ts';
import { AUTHTOKEN, refuseUntrusted } from './trust.ts';

/** The settings of an ngrok tunnel as written; null where no source has one. */
export interface NgrokSettings {
  readonly authtoken: Setting<string> | null;
  readonly domain: Setting<string> | null;
  readonly server: Setting<string> | null;
  readonly ca: Setting<string> | null;
}

/** The settings of an ngrok tunnel, checked. */
export interface NgrokAccess {
  /** Null where there is none; only the user's own server may need none. */
  readonly authtoken: string | null;
  /** A host name. */
  readonly domain: string | null;
  /** `host:port`; null for ngrok's own server. */
  readonly server: string | null;
  /** The certificates to trust the server by, as PEM; null for those of the system. */
  readonly ca: string | null;
}

const MAX_CA_BYTES = 1024 * 1024;
const HOST = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Checks the settings and reads their files; ngrok's own settings only when no other source has an
 * authtoken. Throws usage errors that name the source and never the authtoken: `invalid_secret`,
 * `invalid_ngrok_config`, `invalid_ngrok_server`, `invalid_domain`, `invalid_ca`, and
 * `untrusted_server` when the authtoken may not be sent to the server.
 */
export async function readNgrok(
  settings: NgrokSettings,
  { env, cwd }: Pick<Io, 'env' | 'cwd'>,
  platform: NodeJS.Platform = process.platform,
): Promise<NgrokAccess> {
  const server = settings.server && parseServer(settings.server);
  const domain = settings.domain && parseDomain(settings.domain);
  const ca = settings.ca && (await readCa(settings.ca, cwd));
  const paths = ngrokConfigPaths(env, platform);
  const authtoken: Setting<string, AuthtokenSource> | null = secret(
    settings.authtoken ??
      (server === null
        ? await ngrokConfigAuthtoken(paths)
        : // The user's own server may need no authtoken: a broken file of ngrok's is ignored.
          await ngrokConfigAuthtoken(paths).catch(() => null)),
    /^[\x21-\x7e]{1,4096}$/,
    'one line of visible ASCII characters',
  );
  if (authtoken !== null && settings.server !== null && server !== null) {
    refuseUntrusted(authtoken, { value: server, source: settings.server.source }, AUTHTOKEN);
  }
  return { authtoken: authtoken?.value ?? null, domain, server, ca };
}

/** The server as `host:port`, with port 443 where none is written. */
function parseServer(found: Setting<string>): string {
  const [, host = '', port = '443'] = /^([^:]*)(?::(\d{1,5}))?$/.exec(found.value) ?? [];
  if (HOST.test(host) && Number(port) >= 1 && Number(port) <= 65535) return `${host}:${port}`;
  // ngrok's SDK takes no IPv6 address, in brackets or without.
  const hint = 'Write a name or an IPv4 address with a port: tunnel.example.com:443.';
  throw refused(found, 'invalid_ngrok_server', 'not an ngrok server', hint);
}

/** The host name of a domain; users also paste its url. */
function parseDomain(found: Setting<string>): string {
  const host = found.value.replace(/^https?:\/\/([^/]*)\/?$/i, '$1');
  if (HOST.test(host)) return host.toLowerCase();
  const hint = 'Write a host name; yours are listed at https://dashboard.ngrok.com/domains.';
  throw refused(found, 'invalid_domain', 'not a domain', hint);
}

/** The certificates of a PEM file, without anything else in it, such as a key. */
async function readCa(found: Setting<string>, cwd: string): Promise<string> {
  const path = resolve(cwd, found.value);
  const wrong = (problem: string, cause?: unknown) =>
    new CliError('usage', 'invalid_ca', `${describe(found)}: ${safeText(path, 500)} ${problem}`, {
      hint: 'Name a PEM file with the certificates to trust the ngrok server by.',
      facts: { path },
      cause,
    });
  const text = await readIfThere(path, MAX_CA_BYTES).catch((error: Error) => {
    throw wrong('cannot be read', error);
  });
  if (text === null) throw wrong('does not exist or is not a file');
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw wrong('contains no PEM certificate');
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw wrong('contains a certificate that cannot be read', error);
    }
  }
  return `${certificates.join('\n')}\n`;
}

function refused(found: Setting<string>, code: string, what: string, hint: string): CliError {
  const message = `${describe(found)}: ${safeText(maskUrl(found.value), 100)} is ${what}`;
  return new CliError('usage', code, message, { hint });
}
