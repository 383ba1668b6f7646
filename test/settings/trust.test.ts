import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CliError } from '../../src/errors.ts';
import { DEFAULT_API_URL } from '../../src/settings/api-url.ts';
import { resolveSettings, type SettingFlags } from '../../src/settings/settings.ts';
import type { Setting, Source } from '../../src/settings/sources.ts';
import { credentialFor } from '../../src/settings/trust.ts';
import { temporaryFolder } from '../support/resources.ts';

const token = (source: Source): Setting<string> => ({
  value: 'hunter2',
  source,
  name: 'EAZEWA_API_TOKEN',
});
const server = (source: Source, value = 'https://some.test/v1') => ({ value, source });

function refusal(action: () => unknown): CliError {
  try {
    action();
  } catch (error) {
    return error as CliError;
  }
  return expect.fail('it was not refused');
}

describe('a token goes only to a server named by a source at least as trusted', () => {
  const allowed: [Source, Source][] = [
    ['flag', 'flag'],
    ['flag', 'environment'],
    ['environment', 'flag'],
    ['environment', 'environment'],
    ['environment', 'default'],
    ['.env', 'flag'],
    ['.env', 'environment'],
    ['.env', 'profile'],
    ['.env', '.env'],
    ['.env', 'default'],
  ];
  test.each(allowed)('%s token, %s server: sent', (from, by) => {
    expect(credentialFor(token(from), null, server(by))).toBe('hunter2');
  });

  test.each<[Source, Source]>([
    ['flag', 'profile'],
    ['flag', '.env'],
    ['environment', 'profile'],
    ['environment', '.env'],
  ])('%s token, %s server: refused', (from, by) => {
    const error = refusal(() => credentialFor(token(from), null, server(by)));
    expect(error).toMatchObject({ exit: 'usage', code: 'untrusted_server' });
    expect(error.message).toContain('https://some.test/v1');
    expect(error.hint).toContain('EAZEWA_API_TOKEN');
    expect(JSON.stringify([error.message, error.hint, error.facts])).not.toContain('hunter2');
  });

  test('the vendor’s own url is trusted, even when a .env names it', () => {
    expect(credentialFor(token('environment'), null, server('.env', DEFAULT_API_URL))).toBe(
      'hunter2',
    );
  });
});

describe('a profile’s token goes only to the url of the profile', () => {
  const bound = 'https://work.test/v1';

  test.each<Source>(['flag', 'environment', 'profile'])('named by %s', (source) => {
    expect(credentialFor(token('profile'), bound, server(source, bound))).toBe('hunter2');
  });

  test.each<Source>(['flag', 'environment', '.env', 'profile', 'default'])(
    'another one is refused, whoever names it: %s',
    (source) => {
      const error = refusal(() => credentialFor(token('profile'), bound, server(source)));
      expect(error).toMatchObject({ exit: 'usage', code: 'untrusted_server' });
      expect(error.message).toContain(bound);
    },
  );
});

test('without a token, the error says where to get one, and what needs none', () => {
  const { hint = '', ...error } = refusal(() =>
    credentialFor(null, null, server('default', DEFAULT_API_URL)),
  );
  expect(error).toMatchObject({ exit: 'auth', code: 'no_api_token' });
  for (const said of ['EAZEWA_API_TOKEN', 'waapi.app/user/api-tokens', '--simulate']) {
    expect(hint).toContain(said);
  }
  // Another API makes tokens of its own.
  expect(refusal(() => credentialFor(null, null, server('flag'))).hint).not.toContain('waapi.app');
});

describe('from files to refusal', () => {
  let dir: string;
  beforeEach(async () => {
    dir = temporaryFolder();
    await mkdir(join(dir, 'config'));
  });

  async function send(env: Record<string, string> = {}, flags: SettingFlags = {}) {
    const io = { cwd: dir, env: { EAZEWA_HOOKS_HOME: dir, ...env } };
    const { apiToken, apiTokenUrl, apiUrl } = await resolveSettings(flags, io);
    return credentialFor(apiToken, apiTokenUrl, apiUrl);
  }
  const hostileDotEnv = (more = '') =>
    writeFile(join(dir, '.env'), `EAZEWA_API_URL=https://evil.test/api/v1\n${more}`);
  const profile = (value: object) =>
    writeFile(join(dir, 'config', 'config.json'), JSON.stringify({ profiles: { default: value } }));

  test('a hostile .env gets no token of the environment', async () => {
    await hostileDotEnv();
    await expect(send({ EAZEWA_API_TOKEN: 'mine' })).rejects.toMatchObject({
      code: 'untrusted_server',
      message: expect.stringMatching(/environment.*https:\/\/evil\.test.*\.env/),
    });
    await expect(send({ WAAPI_API_TOKEN: 'mine' })).rejects.toMatchObject({
      code: 'untrusted_server',
    });
  });

  test('a hostile .env gets no token of a profile, with or without a url of its own', async () => {
    await hostileDotEnv();
    await profile({ apiToken: 'mine' });
    await expect(send()).rejects.toMatchObject({ code: 'untrusted_server' });
    await profile({ apiToken: 'mine', apiUrl: 'https://work.test/v1' });
    await expect(send()).rejects.toMatchObject({ code: 'untrusted_server' });
  });

  test('a .env may name the server of its own token', async () => {
    await hostileDotEnv('EAZEWA_API_TOKEN=theirs');
    await expect(send()).resolves.toBe('theirs');
  });

  test('a flag overrides it', async () => {
    await hostileDotEnv();
    const flags = { apiUrl: 'https://mine.test/v1' };
    await expect(send({ EAZEWA_API_TOKEN: 'mine' }, flags)).resolves.toBe('mine');
  });

  test('a profile with its own url and token works by itself', async () => {
    await profile({ apiToken: 'mine', apiUrl: 'https://work.test/v1/' });
    await expect(send()).resolves.toBe('mine');
    await expect(send({}, { apiUrl: 'https://work.test/v1' })).resolves.toBe('mine');
    await expect(send({}, { apiUrl: 'https://other.test/v1' })).rejects.toMatchObject({
      code: 'untrusted_server',
    });
  });
});
