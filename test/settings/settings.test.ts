import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CliError } from '../../src/errors.ts';
import { resolveSettings, type SettingFlags } from '../../src/settings/settings.ts';
import { temporaryFolder } from '../support/resources.ts';

const PATH_TOKEN = 'abcdefghijklmnopqrstuvwxyz_-0123456789';

let dir: string;
beforeEach(async () => {
  dir = temporaryFolder();
  await mkdir(join(dir, 'home', 'config'), { recursive: true });
  await mkdir(join(dir, 'project'));
});

const dotEnv = (text: string) => writeFile(join(dir, 'project', '.env'), text);
const config = (value: unknown) =>
  writeFile(
    join(dir, 'home', 'config', 'config.json'),
    typeof value === 'string' ? value : JSON.stringify(value),
  );
const resolve = (flags: SettingFlags = {}, env: Record<string, string> = {}) =>
  resolveSettings(flags, {
    cwd: join(dir, 'project'),
    env: { EAZEWA_HOOKS_HOME: join(dir, 'home'), ...env },
  });
const failure = (flags?: SettingFlags, env?: Record<string, string>): Promise<CliError> =>
  resolve(flags, env).then(
    () => expect.fail('it did not throw'),
    (error) => error,
  );

describe('precedence', () => {
  test('flag over environment over .env over profile over default', async () => {
    expect((await resolve()).apiUrl).toMatchObject({
      value: 'https://waapi.app/api/v1',
      source: 'default',
    });
    await config({ profiles: { default: { apiUrl: 'https://profile.test/v1/' } } });
    expect((await resolve()).apiUrl).toEqual({
      value: 'https://profile.test/v1',
      source: 'profile',
      name: 'profiles.default.apiUrl',
    });
    await dotEnv('EAZEWA_API_URL="https://dotenv.test/v1" # theirs\n');
    expect((await resolve()).apiUrl).toEqual({
      value: 'https://dotenv.test/v1',
      source: '.env',
      name: 'EAZEWA_API_URL',
    });
    const env = { EAZEWA_API_URL: 'https://env.test/v1' };
    expect((await resolve({}, env)).apiUrl).toEqual({
      value: 'https://env.test/v1',
      source: 'environment',
      name: 'EAZEWA_API_URL',
    });
    expect((await resolve({ apiUrl: 'https://FLAG.test/v1' }, env)).apiUrl).toEqual({
      value: 'https://flag.test/v1',
      source: 'flag',
      name: '--api-url',
    });
  });

  test('our name wins over the vendor’s within a source, never across sources', async () => {
    await dotEnv('EAZEWA_API_TOKEN=from-dotenv\nWAAPI_INSTANCE_ID=7\n');
    const { apiToken, instanceId } = await resolve(
      {},
      { WAAPI_API_TOKEN: 'theirs', WAAPI_INSTANCE_ID: '8', EAZEWA_INSTANCE_ID: '9' },
    );
    expect(apiToken).toEqual({ value: 'theirs', source: 'environment', name: 'WAAPI_API_TOKEN' });
    expect(instanceId).toMatchObject({ value: '9', name: 'EAZEWA_INSTANCE_ID' });
  });

  test('an empty value counts as not set', async () => {
    await config({ profiles: { default: { instanceId: 33 } } });
    await dotEnv('EAZEWA_INSTANCE_ID=\n');
    const { instanceId, apiToken, forwardTo, webhookToken } = await resolve(
      { instance: '' },
      { EAZEWA_INSTANCE_ID: ' ', EAZEWA_API_TOKEN: '' },
    );
    expect(instanceId).toEqual({
      value: '33',
      source: 'profile',
      name: 'profiles.default.instanceId',
    });
    expect([apiToken, forwardTo, webhookToken]).toEqual([null, null, null]);
  });
});

describe('.env', () => {
  test('sets our keys only: no proxy, no CA, no state folder', async () => {
    await dotEnv(
      [
        'EAZEWA_HOOKS_HOME=/tmp/elsewhere',
        'HTTPS_PROXY=http://evil.test',
        'EAZEWA_FORWARD_TO=http://evil.test/',
        `EAZEWA_WEBHOOK_TOKEN=${PATH_TOKEN}`,
        'EAZEWA_WEBHOOK_SECRET="a secret of words"',
      ].join('\n'),
    );
    const before = { ...process.env };
    const settings = await resolve();
    expect(process.env).toEqual(before);
    expect(settings.folders.data).toBe(join(dir, 'home', 'data'));
    expect(settings.forwardTo).toMatchObject({ value: 'http://evil.test/', source: '.env' });
    expect(settings.webhookToken).toMatchObject({ value: PATH_TOKEN, source: '.env' });
    expect(settings.webhookSecret).toMatchObject({ value: 'a secret of words', source: '.env' });
  });

  test.each([
    ['UTF-16 little endian', (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le')],
    ['UTF-16 big endian', (text: string) => Buffer.from(`\u{feff}${text}`, 'utf16le').swap16()],
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\u{feff}${text}`)],
  ])('is read in %s', async (_, bytesOf) => {
    await writeFile(join(dir, 'project', '.env'), bytesOf('EAZEWA_INSTANCE_ID=33\r\n'));
    expect((await resolve()).instanceId).toMatchObject({ value: '33', source: '.env' });
  });

  test('in UTF-16 without a mark is refused, not ignored', async () => {
    await writeFile(join(dir, 'project', '.env'), Buffer.from('EAZEWA_INSTANCE_ID=33', 'utf16le'));
    await expect(resolve()).rejects.toMatchObject({ exit: 'usage', code: 'invalid_dot_env' });
  });

  test('may be a folder, such as a virtual environment of Python', async () => {
    await mkdir(join(dir, 'project', '.env'));
    await expect(resolve()).resolves.toMatchObject({ apiToken: null });
  });
});

describe('profiles', () => {
  test('--profile picks one', async () => {
    await config({
      profiles: { default: { instanceId: '1' }, work: { instanceId: '2', apiToken: 'w' } },
      protectedInstances: [90, '91'],
    });
    const settings = await resolve({ profile: 'work' });
    expect(settings.instanceId).toMatchObject({ value: '2', name: 'profiles.work.instanceId' });
    expect(settings.profileName).toBe('work');
    expect(settings.protectedInstances).toEqual(['90', '91']);
    expect((await resolve()).instanceId?.value).toBe('1');
  });

  test.each(['home', 'constructor', '__proto__'])(
    '%s, unknown, names those there are',
    async (name) => {
      await config({ profiles: { default: {}, work: {} } });
      expect(await failure({ profile: name })).toMatchObject({
        exit: 'usage',
        code: 'unknown_profile',
        message: expect.stringContaining(name),
        hint: expect.stringContaining('default, work'),
      });
    },
  );

  test('a profile’s token is bound to its server', async () => {
    await config({
      profiles: { default: { apiToken: 'a' }, work: { apiToken: 'b', apiUrl: 'https://w.test/' } },
    });
    expect((await resolve({ apiUrl: 'https://x.test' })).apiTokenUrl).toBe(
      'https://waapi.app/api/v1',
    );
    expect((await resolve({ profile: 'work' })).apiTokenUrl).toBe('https://w.test');
    expect((await resolve({}, { EAZEWA_API_TOKEN: 'c' })).apiTokenUrl).toBeNull();
  });

  test.each([
    ['{"profiles": {"default": {"apiToken": "hunter2",}}}', 'not valid JSON'],
    [{ profiles: { default: { apiToken: 42 } } }, 'profiles.default.apiToken'],
    [{ profiles: { default: { apitoken: 'hunter2' } } }, 'apitoken'],
    [{ protectedInstance: ['33'] }, 'protectedInstance'],
    [[], 'the whole file'],
  ])('a broken file is named, with the place in it and no secret: %j', async (value, place) => {
    await config(value);
    const error = await failure();
    expect(error).toMatchObject({ exit: 'usage', code: 'invalid_config' });
    expect(error.message).toContain(join(dir, 'home', 'config', 'config.json'));
    expect(error.message).toContain(place);
    expect(`${error.message}${error.hint}`).not.toContain('hunter2');
  });
});

describe('malformed values', () => {
  test.each([
    'http://waapi.app/api/v1',
    'https://user:hunter2@waapi.app/api/v1',
    'https://waapi.app/api/v1?key=hunter2',
    'https://waapi.app/api/v1#',
    'ftp://localhost/',
    'http://localhost.evil.test/',
    'waapi.app',
    'hunter2@nowhere',
  ])('the API url %s is refused, naming its source', async (url) => {
    const error = await failure({}, { EAZEWA_API_URL: url });
    expect(error).toMatchObject({ exit: 'usage', code: 'invalid_api_url' });
    expect(error.message).toContain('EAZEWA_API_URL (environment)');
    expect(error.message).not.toContain('hunter2');
  });

  test.each([
    'http://localhost:4010/api/v1',
    'http://127.0.0.1:4010/api/v1',
    'http://[::1]:4010/api/v1',
    'https://other.test/api/v1',
  ])('the API url %s is fine', async (url) => {
    expect((await resolve({ apiUrl: url })).apiUrl.value).toBe(url);
  });

  test.each(['../33', '33/..', 'a b', 'x'.repeat(65), '33\u{1b}'])(
    'the instance id %j is refused',
    async (id) => {
      expect(await failure({ instance: id })).toMatchObject({
        exit: 'usage',
        code: 'invalid_instance_id',
        message: expect.stringContaining('--instance'),
      });
    },
  );

  test('the instance id that is the API token is refused without being shown', async () => {
    const { message } = await failure({}, { EAZEWA_INSTANCE_ID: `12|${PATH_TOKEN}` });
    expect(message).toBe('EAZEWA_INSTANCE_ID (environment): *** is not an instance id');
  });

  test.each([
    ['EAZEWA_WEBHOOK_TOKEN', 'too-short-hunter2'],
    ['EAZEWA_WEBHOOK_TOKEN', `${PATH_TOKEN}/../hunter2`],
    ['EAZEWA_API_TOKEN', 'hunter2\r\nHost: evil'],
    ['EAZEWA_WEBHOOK_SECRET', 'hunter2\u{1b}[2J'],
    ['EAZEWA_WEBHOOK_SECRET', `hunter2${'x'.repeat(4096)}`],
  ])('%s is refused without being shown', async (name, value) => {
    const error = await failure({}, { [name]: value });
    expect(error).toMatchObject({ exit: 'usage', code: 'invalid_secret' });
    expect(error.message).toContain(name);
    expect(`${error.message}${error.hint}${error.stack}`).not.toContain('hunter2');
  });

  test('a value that another source overrides is not checked', async () => {
    const { apiUrl } = await resolve({ apiUrl: 'https://x.test' }, { EAZEWA_API_URL: 'nonsense' });
    expect(apiUrl.value).toBe('https://x.test');
  });
});
