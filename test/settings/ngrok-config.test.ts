import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CliError } from '../../src/errors.ts';
import { ngrokConfigAuthtoken, ngrokConfigPaths } from '../../src/settings/ngrok-config.ts';
import { temporaryFolder } from '../support/resources.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = temporaryFolder();
  path = join(dir, 'ngrok.yml');
});

describe('where the file is', () => {
  const windows = { USERPROFILE: 'C:\\Users\\dev', LOCALAPPDATA: 'D:\\Local' };
  test.each<[NodeJS.Platform, Record<string, string>, string[]]>([
    ['linux', { HOME: '/home/dev' }, ['/home/dev/.config/ngrok/ngrok.yml']],
    ['linux', { HOME: '/home/dev', XDG_CONFIG_HOME: '/xdg' }, ['/xdg/ngrok/ngrok.yml']],
    ['linux', { HOME: '/home/dev', XDG_CONFIG_HOME: '' }, ['/home/dev/.config/ngrok/ngrok.yml']],
    ['freebsd', { HOME: '/home/dev' }, ['/home/dev/.config/ngrok/ngrok.yml']],
    [
      'darwin',
      { HOME: '/Users/dev', XDG_CONFIG_HOME: '/xdg' },
      ['/Users/dev/Library/Application Support/ngrok/ngrok.yml'],
    ],
    ['win32', windows, ['D:\\Local\\ngrok\\ngrok.yml']],
  ])('on %s with %j', (platform, env, expected) => {
    const old = { linux: '/home/dev', freebsd: '/home/dev', darwin: '/Users/dev' };
    const last =
      platform === 'win32'
        ? 'C:\\Users\\dev\\.ngrok2\\ngrok.yml'
        : `${old[platform as keyof typeof old]}/.ngrok2/ngrok.yml`;
    expect(ngrokConfigPaths(env, platform)).toEqual([...expected, last]);
  });

  test.each<NodeJS.Platform>(['linux', 'darwin', 'win32'])(
    'on %s without a home folder there is no path, and no relative one',
    (platform) => {
      expect(ngrokConfigPaths({}, platform)).toEqual([]);
      const relative = { HOME: '.', USERPROFILE: '.', LOCALAPPDATA: '.', XDG_CONFIG_HOME: '.' };
      expect(ngrokConfigPaths(relative, platform)).toEqual([]);
    },
  );
});

describe('its authtoken', () => {
  test.each([
    ['version 3', 'version: "3"\nagent:\n  authtoken: the-one\n  connect_timeout: 3s\n'],
    ['version 3 with a number', 'version: 3\nagent: { authtoken: the-one }\nendpoints: []\n'],
    ['version 2', 'version: "2"\nauthtoken: the-one\ntunnels:\n  app: { proto: http, addr: 80 }\n'],
    ['version 1, which has none', 'authtoken: the-one # from the dashboard\nregion: eu\n'],
    ['with a byte order mark', '\u{feff}authtoken: the-one\r\n'],
    ['beside what is unknown', 'agent: [1, 2]\nauthtoken: "the-one"\nx: !odd &a { y: *a }\n'],
  ])('%s', async (_, text) => {
    await writeFile(path, text);
    expect(await ngrokConfigAuthtoken([path])).toEqual({
      value: 'the-one',
      source: 'ngrok',
      name: path,
    });
  });

  test.each(['', '# nothing\n', 'version: 3\nagent: {}\n', 'authtoken:\n', 'authtoken: " "\n'])(
    'none in %j',
    async (text) => {
      await writeFile(path, text);
      expect(await ngrokConfigAuthtoken([path])).toBeNull();
    },
  );

  test('null without a file, or where a folder has its name', async () => {
    expect(await ngrokConfigAuthtoken([path])).toBeNull();
    await mkdir(path);
    expect(await ngrokConfigAuthtoken([path, join(path, 'below'), join(dir, 'x')])).toBeNull();
  });

  test('comes from the second file where the first has none or is broken', async () => {
    const old = join(dir, 'old.yml');
    await writeFile(old, 'authtoken: the-old-one\n');
    await writeFile(path, 'version: 3\n');
    expect(await ngrokConfigAuthtoken([path, old])).toMatchObject({ value: 'the-old-one' });
    await writeFile(path, 'version: [\n');
    expect(await ngrokConfigAuthtoken([path, old])).toMatchObject({ name: old });
  });
});

describe('the error for an unusable file names the file and none of its content', () => {
  const level = (at: number) =>
    `a${at}: &a${at} [${Array(9)
      .fill(`*a${at - 1}`)
      .join(', ')}]\n`;
  const bomb = `a0: &a0 [x]\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map(level).join('')}`;
  test.each([
    ['broken', 'agent: [\nauthtoken: hunter2\n'],
    ['the authtoken alone', 'hunter2'],
    ['a list', '- authtoken: hunter2'],
    ['the same key twice', 'authtoken: hunter2\nauthtoken: hunter2\n'],
    ['tabs', 'agent:\n\tauthtoken: hunter2\n'],
    ['aliases that multiply', `authtoken: hunter2\n${bomb}`],
    ['nested without end', `authtoken: hunter2\nx: ${'['.repeat(100_000)}`],
    ['too large', `authtoken: hunter2\n#${'x'.repeat(256 * 1024)}`],
  ])('%s', async (_, text) => {
    await writeFile(path, text);
    const error = await ngrokConfigAuthtoken([path]).then(
      () => expect.fail('it did not throw'),
      (thrown: CliError) => thrown,
    );
    expect(error).toMatchObject({ exit: 'usage', code: 'invalid_ngrok_config', facts: { path } });
    expect(error.message).toContain(path);
    expect(error.hint).toContain('NGROK_AUTHTOKEN');
    expect(`${error.message}${error.hint}${error.stack}${error.cause}`).not.toContain('hunter2');
  });
});
