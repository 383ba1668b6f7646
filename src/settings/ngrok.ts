/** What an ngrok tunnel is opened with, out of the settings: checked, and judged by who named it. */

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

/** The settings of ngrok's tunnel, as they were written; null where no source has them. */
export interface NgrokSettings {
  readonly authtoken: Setting<string> | null;
  readonly domain: Setting<string> | null;
  readonly server: Setting<string> | null;
  readonly ca: Setting<string> | null;
}

/** The same, ready to be used. */
export interface NgrokAccess {
  /** Null where there is none: only a server of one's own may do without. */
  readonly authtoken: string | null;
  /** A host name. */
  readonly domain: string | null;
  /** `host:port`; null for ngrok's own. */
  readonly server: string | null;
  /** The certificates of the file, as PEM. */
  readonly ca: string | null;
}

const MAX_CA_BYTES = 1024 * 1024;
const HOST = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$/i;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads what stands in files, ngrok's own settings only when no other source has an authtoken.
 * Throws usage errors that name the source and never the authtoken: `invalid_secret`,
 * `invalid_ngrok_config`, `invalid_ngrok_server`, `invalid_domain`, `invalid_ca`, and
 * `untrusted_server` when the server may not have the authtoken (DESIGN _Settings and trust_).
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
        : // A server of one's own may need none: a broken file of ngrok's does not stand in its way.
          await ngrokConfigAuthtoken(paths).catch(() => null)),
    /^[\x21-\x7e]{1,4096}$/,
    'one line of visible ASCII characters',
  );
  if (authtoken !== null && settings.server !== null && server !== null) {
    refuseUntrusted(authtoken, { value: server, source: settings.server.source }, AUTHTOKEN);
  }
  return { authtoken: authtoken?.value ?? null, domain, server, ca };
}

/** `host:port` of what was written; 443 where it has no port. */
function parseServer(found: Setting<string>): string {
  const [, host = '', port = '443'] = /^([^:]*)(?::(\d{1,5}))?$/.exec(found.value) ?? [];
  if (HOST.test(host) && Number(port) >= 1 && Number(port) <= 65535) return `${host}:${port}`;
  // ngrok's SDK takes no IPv6 address, in brackets or without.
  const hint = 'It is a name or an IPv4 address with a port: tunnel.example.com:443.';
  throw refused(found, 'invalid_ngrok_server', 'no ngrok server', hint);
}

/** The host name of what was written: people copy the url. */
function parseDomain(found: Setting<string>): string {
  const host = found.value.replace(/^https?:\/\/([^/]*)\/?$/i, '$1');
  if (HOST.test(host)) return host.toLowerCase();
  const hint = 'It is a host name; yours are listed at https://dashboard.ngrok.com/domains.';
  throw refused(found, 'invalid_domain', 'no domain', hint);
}

/** The certificates in a PEM file; what else it holds, such as a key, stays in it. */
async function readCa(found: Setting<string>, cwd: string): Promise<string> {
  const path = resolve(cwd, found.value);
  const wrong = (problem: string, cause?: unknown) =>
    new CliError('usage', 'invalid_ca', `${describe(found)}: ${safeText(path, 500)} ${problem}`, {
      hint: 'It is the path of a PEM file: the certificates by which the ngrok server is trusted.',
      facts: { path },
      cause,
    });
  const text = await readIfThere(path, MAX_CA_BYTES).catch((error: Error) => {
    throw wrong('cannot be read', error);
  });
  if (text === null) throw wrong('does not exist, or is no file');
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) throw wrong('holds no certificate in PEM form');
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw wrong('holds a certificate that cannot be read', error);
    }
  }
  return `${certificates.join('\n')}\n`;
}

function refused(found: Setting<string>, code: string, what: string, hint: string): CliError {
  const message = `${describe(found)}: ${safeText(maskUrl(found.value), 100)} is ${what}`;
  return new CliError('usage', code, message, { hint });
}
