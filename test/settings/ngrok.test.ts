import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CliError } from '../../src/errors.ts';
import { readNgrok } from '../../src/settings/ngrok.ts';
import { resolveSettings, type SettingFlags } from '../../src/settings/settings.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { temporaryFolder } from '../support/resources.ts';

let dir: string;
beforeEach(async () => {
  dir = temporaryFolder();
  await mkdir(join(dir, 'config'));
  await mkdir(join(dir, 'user', '.config', 'ngrok'), { recursive: true });
});

const dotEnv = (text: string) => writeFile(join(dir, '.env'), text);
const ngrokYml = (text: string) => writeFile(ymlPath(), text);
const ymlPath = () => join(dir, 'user', '.config', 'ngrok', 'ngrok.yml');
const profile = (value: object) =>
  writeFile(join(dir, 'config', 'config.json'), JSON.stringify({ profiles: { default: value } }));

async function read(env: Record<string, string> = {}, flags: SettingFlags = {}) {
  const io = { cwd: dir, env: { EAZEWA_HOOKS_HOME: dir, HOME: join(dir, 'user'), ...env } };
  return readNgrok((await resolveSettings(flags, io)).ngrok, io, 'linux');
}
const failure = (env?: Record<string, string>, flags?: SettingFlags): Promise<CliError> =>
  read(env, flags).then(
    () => expect.fail('it did not throw'),
    (error) => error,
  );

describe('the authtoken', () => {
  test('of the environment wins over .env, that over the profile, that over ngrok’s own settings', async () => {
    expect(await read()).toEqual({ authtoken: null, domain: null, server: null, ca: null });
    await ngrokYml('version: 3\nagent: { authtoken: of-ngrok }\n');
    expect((await read()).authtoken).toBe('of-ngrok');
    await profile({ ngrokAuthtoken: 'of-the-profile' });
    expect((await read()).authtoken).toBe('of-the-profile');
    await dotEnv('NGROK_AUTHTOKEN=of-dotenv\n');
    expect((await read()).authtoken).toBe('of-dotenv');
    expect((await read({ NGROK_AUTHTOKEN: ' of-the-environment ' })).authtoken).toBe(
      'of-the-environment',
    );
  });

  test('from another source, a broken file of ngrok’s is ignored', async () => {
    await ngrokYml('agent: [');
    expect(await failure()).toMatchObject({ code: 'invalid_ngrok_config' });
    expect((await read({ NGROK_AUTHTOKEN: 'mine' })).authtoken).toBe('mine');
    const own = await read({}, { ngrokServer: 'tunnel.test:4443' });
    expect(own).toMatchObject({ authtoken: null, server: 'tunnel.test:4443' });
  });

  test.each(['hunter2 or so', 'hunter2\nHost: x', 'hunter2é', `hunter2${'x'.repeat(4096)}`])(
    '%j is refused without being shown, wherever it stands',
    async (value) => {
      const named = await failure({ NGROK_AUTHTOKEN: value });
      await ngrokYml(`authtoken: ${JSON.stringify(value)}\n`);
      const kept = await failure();
      expect(named.message).toContain('NGROK_AUTHTOKEN (environment)');
      expect(kept.message).toContain(ymlPath());
      for (const error of [named, kept]) {
        expect(error).toMatchObject({ exit: 'usage', code: 'invalid_secret' });
        expect(`${error.message}${error.hint}${error.stack}`).not.toContain('hunter2');
      }
    },
  );
});

describe('the user’s own server', () => {
  test.each([
    ['tunnel.test:4443', 'tunnel.test:4443'],
    ['tunnel.test', 'tunnel.test:443'],
    ['127.0.0.1:5000', '127.0.0.1:5000'],
    ['my_edge', 'my_edge:443'],
  ])('%s is %s', async (written, server) => {
    expect((await read({}, { ngrokServer: written })).server).toBe(server);
    expect((await read({ NGROK_SERVER_ADDR: written })).server).toBe(server);
  });

  test.each([
    'https://tunnel.test',
    'https://user:hunter2@tunnel.test/',
    'tunnel.test/path',
    'tunnel.test:',
    'tunnel.test:0',
    'tunnel.test:65536',
    'a:b:443',
    ':443',
    '[::1]:443',
    'tunnel .test',
    `${'x'.repeat(300)}.test`,
  ])('%j is refused', async (written) => {
    const error = await failure({ NGROK_SERVER_ADDR: written });
    expect(error).toMatchObject({ exit: 'usage', code: 'invalid_ngrok_server' });
    expect(error.message).toContain('NGROK_SERVER_ADDR (environment)');
    expect(error.message).not.toContain('hunter2');
  });

  test.each([
    ['the environment', 'NGROK_AUTHTOKEN', { NGROK_AUTHTOKEN: 'hunter2' }],
    ['the profile', 'profiles.default.ngrokAuthtoken', {}],
    ['ngrok’s own settings', 'ngrok.yml', {}],
  ])('named by a .env never gets the authtoken of %s', async (from, name, env) => {
    if (from === 'the profile') await profile({ ngrokAuthtoken: 'hunter2' });
    await ngrokYml('authtoken: hunter2\n');
    await dotEnv('NGROK_SERVER_ADDR=evil.test:443\n');
    const error = await failure(env);
    expect(error).toMatchObject({ exit: 'usage', code: 'untrusted_server' });
    expect(error.message).toContain(name);
    expect(error.message).toMatch(/evil\.test:443.*\.env/);
    expect(error.hint).toMatch(/--ngrok-server.*NGROK_AUTHTOKEN/);
    expect(JSON.stringify([error.message, error.hint, error.facts])).not.toContain('hunter2');
  });

  test('named by a .env may have the authtoken of that .env', async () => {
    await ngrokYml('authtoken: mine\n');
    await dotEnv('NGROK_SERVER_ADDR=theirs.test\nNGROK_AUTHTOKEN=theirs\nNGROK_DOMAIN=x.test\n');
    expect(await read()).toMatchObject({
      authtoken: 'theirs',
      server: 'theirs.test:443',
      domain: 'x.test',
    });
  });

  test('named by a profile gets that profile’s authtoken or ngrok’s, not the environment’s', async () => {
    await ngrokYml('authtoken: of-ngrok\n');
    await profile({ ngrokServer: 'edge.test' });
    expect((await read()).authtoken).toBe('of-ngrok');
    const error = await failure({ NGROK_AUTHTOKEN: 'hunter2' });
    expect(error).toMatchObject({ code: 'untrusted_server' });
    expect(error.hint).toMatch(/ngrokAuthtoken.*unset NGROK_AUTHTOKEN/);
    const flags = { ngrokServer: 'edge.test' };
    expect((await read({ NGROK_AUTHTOKEN: 'mine' }, flags)).authtoken).toBe('mine');
  });
});

describe('the domain', () => {
  test.each([
    ['My-Name.ngrok.app', 'my-name.ngrok.app'],
    ['https://my-name.ngrok.app', 'my-name.ngrok.app'],
    ['http://dev.example.com/', 'dev.example.com'],
  ])('%s is %s', async (written, domain) => {
    expect((await read({}, { domain: written })).domain).toBe(domain);
  });

  test.each([
    'https://x.test/path',
    'x.test:443',
    'ftp://x.test',
    'x..test',
    'a b',
    '-',
    '*.x.test',
  ])('%j is refused', async (written) => {
    expect(await failure({}, { domain: written })).toMatchObject({
      exit: 'usage',
      code: 'invalid_domain',
      message: expect.stringContaining('--domain'),
    });
  });
});

describe('the certificates', () => {
  test('are read from a file relative to the working directory, without the rest of the file', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n';
    await writeFile(join(dir, 'ca.pem'), `my CA\r\n${CERTIFICATE}${key}${CERTIFICATE}`);
    expect((await read({}, { ngrokCa: 'ca.pem' })).ca).toBe(CERTIFICATE + CERTIFICATE);
    expect((await read({ NGROK_ROOT_CAS: join(dir, 'ca.pem') })).ca).toContain('BEGIN CERT');
    await profile({ ngrokCa: './ca.pem' });
    expect((await read()).ca).toContain('BEGIN CERT');
  });

  test.each([
    ['is missing', null],
    ['holds none', 'hello'],
    ['holds a broken one', CERTIFICATE.replace('MIIB', 'AAAA')],
    ['is too large', CERTIFICATE + ' '.repeat(1024 * 1024)],
  ])('a file that %s is a usage error with its path and who named it', async (_, text) => {
    const path = join(dir, 'ca.pem');
    if (text !== null) await writeFile(path, text);
    const flag = await failure({}, { ngrokCa: 'ca.pem' });
    expect(flag).toMatchObject({ exit: 'usage', code: 'invalid_ca', facts: { path } });
    expect(flag.message).toMatch(/^--ngrok-ca: .*ca\.pem/);
    expect((await failure({ NGROK_ROOT_CAS: path })).message).toContain(
      'NGROK_ROOT_CAS (environment)',
    );
  });

  test('are never named by a .env', async () => {
    await dotEnv('NGROK_ROOT_CAS=evil.pem\nNGROK_CA=evil.pem\n');
    expect((await read()).ca).toBeNull();
  });
});
