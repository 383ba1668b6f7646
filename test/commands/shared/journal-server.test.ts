import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { journalServer } from '../../../src/commands/shared/journal-server.ts';
import { restoreCommand } from '../../../src/commands/shared/restore-command.ts';
import { DEFAULT_API_URL } from '../../../src/settings/api-url.ts';
import { journalPath } from '../../../src/takeover/journal.ts';
import { temporaryFolder } from '../../support/resources.ts';

const API_URL = 'https://api.example.com/api/v1';
const SETTINGS = {
  apiUrl: { value: DEFAULT_API_URL, source: 'default', name: '' },
  apiTokenUrl: null,
} as const;

function folderOf({ folder = 0o700, journal = 0o600 } = {}): string {
  const path = join(temporaryFolder(), 'instance');
  mkdirSync(path);
  writeFileSync(journalPath(path), '{}');
  chmodSync(journalPath(path), journal);
  chmodSync(path, folder);
  return path;
}

const ask = (folder: string, apiUrl = API_URL, settings: object = {}) =>
  journalServer(
    { ...SETTINGS, ...settings },
    folder,
    { apiUrl, apiUrlSource: 'environment' },
    restoreCommand({ apiUrl, instanceId: '33' }),
  );

const refused = { exit: 'usage', code: 'untrusted_server' };

describe('a journal names the API', () => {
  test('in a folder that is ours alone', async () => {
    expect(await ask(folderOf())).toEqual({ value: API_URL, source: 'environment' });
  });

  test.each([
    ['that others can write', { folder: 0o777 }],
    ['that others can list', { folder: 0o755 }],
    ['that its group can write', { folder: 0o770 }],
    ['whose journal others can write', { journal: 0o602 }],
    ['whose journal its group can write', { journal: 0o620 }],
  ])('not in a folder %s: the command names it', async (_, modes) => {
    await expect(ask(folderOf(modes))).rejects.toMatchObject({
      ...refused,
      hint: expect.stringContaining(`eazewa-hooks restore -i 33 --api-url ${API_URL}`),
    });
  });

  test.skipIf(process.getuid?.() !== 0)('not in a folder of another user', async () => {
    const { chownSync } = await import('node:fs');
    const folder = folderOf();
    chownSync(folder, 4711, 4711);
    await expect(ask(folder)).rejects.toMatchObject(refused);
    const planted = folderOf();
    chownSync(journalPath(planted), 4711, 4711);
    await expect(ask(planted)).rejects.toMatchObject(refused);
  });

  test('not through a link', async () => {
    const folder = folderOf();
    renameSync(folder, `${folder}-elsewhere`);
    symlinkSync(`${folder}-elsewhere`, folder);
    await expect(ask(folder)).rejects.toMatchObject(refused);
  });

  test('in any folder where it is the vendor, the settings or the profile of the token names it, too', async () => {
    const shared = folderOf({ folder: 0o777 });
    expect(await ask(shared, DEFAULT_API_URL)).toMatchObject({ value: DEFAULT_API_URL });
    const flag = { value: API_URL, source: 'flag', name: '--api-url' };
    expect(await ask(shared, API_URL, { apiUrl: flag })).toEqual(flag);
    const profile = { value: API_URL, source: 'profile' };
    expect(await ask(shared, API_URL, { apiTokenUrl: API_URL })).toEqual(profile);
  });

  test.each(['http://api.example.com/api/v1', 'https://me:pw@api.example.com', 'file:///etc', ''])(
    'never as %j, which no setting may be',
    async (apiUrl) => {
      await expect(ask(folderOf(), apiUrl)).rejects.toMatchObject({ code: 'invalid_api_url' });
    },
  );
});

test('a printed command is one that a shell takes as it is', () => {
  const instance = { instanceId: '$(id)', apiUrl: "https://x.test/a;rm -rf '~'" };
  expect(restoreCommand(instance)).toBe(
    "eazewa-hooks restore -i '$(id)' --api-url 'https://x.test/a;rm -rf '\\''~'\\'''",
  );
  expect(restoreCommand({ instanceId: '33', apiUrl: API_URL })).toBe(
    `eazewa-hooks restore -i 33 --api-url ${API_URL}`,
  );
});
