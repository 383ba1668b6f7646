/** The API that a journal names, held to the trust rules of settings. */

import { lstat } from 'node:fs/promises';
import { CliError } from '../../errors.ts';
import { maskUrl } from '../../platform/mask-url.ts';
import { DEFAULT_API_URL, parseApiUrl } from '../../settings/api-url.ts';
import type { Settings } from '../../settings/settings.ts';
import type { NamedServer } from '../../settings/trust.ts';
import { type JournalEntry, journalPath } from '../../takeover/journal.ts';

/**
 * The journal's API with the source that named it then. Settings that name the same API come first. A
 * journal that others could have written names no API but the vendor's: throws `untrusted_server`
 * (usage), whose hint has `named`, what names the API on the command line. Throws `invalid_api_url`
 * (usage).
 */
export async function journalServer(
  { apiUrl, apiTokenUrl }: Pick<Settings, 'apiUrl' | 'apiTokenUrl'>,
  folder: string,
  entry: Pick<JournalEntry, 'apiUrl' | 'apiUrlSource'>,
  named: string,
): Promise<NamedServer> {
  const path = journalPath(folder);
  const value = parseApiUrl(entry.apiUrl, `The journal ${path}`);
  if (value === apiUrl.value) return apiUrl;
  if (value === DEFAULT_API_URL) return { value, source: 'default' };
  if (value === apiTokenUrl) return { value, source: 'profile' };
  if ((await isOursAlone(folder, 0o077)) && (await isOursAlone(path, 0o022)))
    return { value, source: entry.apiUrlSource };
  const server = maskUrl(value);
  throw new CliError(
    'usage',
    'untrusted_server',
    `The API token is not sent to ${server}: the journal in ${folder} names that server, and that folder is not yours alone`,
    { hint: `If you trust that server, name it: ${named}`, facts: { server } },
  );
}

/** Whether a file or folder belongs to this user and none of these mode bits is set. */
async function isOursAlone(path: string, forbidden: number): Promise<boolean> {
  // Windows has no owner or mode bits here; there the profile's access list keeps others out.
  if (process.getuid === undefined) return true;
  const found = await lstat(path).catch(() => null);
  if (found === null || found.isSymbolicLink()) return false;
  return found.uid === process.getuid() && (found.mode & forbidden) === 0;
}
