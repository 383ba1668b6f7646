import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { folders, instanceFolder, privateFolder } from '../../src/platform/paths.ts';
import { refuseUntrusted } from '../../src/platform/trusted-folder.ts';
import { temporaryFolder } from '../support/resources.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryFolder();
  return () => void vi.unstubAllEnvs();
});

const nameOf = (apiUrl: string, id: string) => basename(instanceFolder('/data', apiUrl, id));

describe('folders', () => {
  test('both stay inside EAZEWA_HOOKS_HOME, relative to the working directory', () => {
    expect(folders({ EAZEWA_HOOKS_HOME: 'state' }, dir)).toEqual({
      config: join(dir, 'state', 'config'),
      data: join(dir, 'state', 'data'),
    });
  });

  test('without it, or with an empty one, they carry the name of the program', () => {
    const { config, data } = folders({ EAZEWA_HOOKS_HOME: '' }, dir);
    expect(config).toContain('eazewa-hooks');
    expect(data).toContain('eazewa-hooks');
    expect(config.startsWith(dir)).toBe(false);
  });
});

describe.runIf(process.platform === 'linux')('the standard folders', () => {
  test('are not relative: such a variable is ignored, as the standard says', () => {
    vi.stubEnv('HOME', dir);
    vi.stubEnv('XDG_CONFIG_HOME', 'here');
    vi.stubEnv('XDG_DATA_HOME', './there');
    expect(folders({}, dir)).toEqual({
      config: join(dir, '.config', 'eazewa-hooks'),
      data: join(dir, '.local', 'share', 'eazewa-hooks'),
    });
    vi.stubEnv('HOME', '');
    expect(isAbsolute(folders({}, dir).data)).toBe(true);
    vi.stubEnv('XDG_DATA_HOME', dir);
    expect(folders({}, dir).data).toBe(join(dir, 'eazewa-hooks'));
  });

  test.each(['~', '~/state', '~me/state'])('are not in %s, which no shell expanded', (home) => {
    expect(() => folders({ EAZEWA_HOOKS_HOME: home }, dir)).toThrow(
      expect.objectContaining({ exit: 'usage', code: 'bad_home' }),
    );
  });
});

describe.runIf(process.platform !== 'win32')('a folder that is not ours alone', () => {
  const ME = process.getuid?.() ?? 0;
  const SOMEBODY = ME + 1;
  const env = () => ({ EAZEWA_HOOKS_HOME: join(dir, 'state') });
  const refusal = (uid: number) => {
    try {
      folders(env(), dir, uid);
      return null;
    } catch (error) {
      return error;
    }
  };

  test.each(['config', 'data'])('is refused where another user made %s', async (name) => {
    const path = join(dir, 'state', name);
    await mkdir(path, { recursive: true });
    expect(refusal(SOMEBODY)).toMatchObject({
      exit: 'state',
      code: 'foreign_folder',
      message: expect.stringContaining(path),
    });
    expect(refusal(ME)).toBe(null);
    // Root, as in a container whose mounted folder belongs to a user of the host.
    expect(refusal(0)).toBe(null);
  });

  test.each([
    ['state/data', 0o777],
    ['state/data', 0o1777],
    ['state/config', 0o702],
    ['state', 0o777],
    ['', 0o777],
  ])('is refused where %j has mode %o', async (name, mode) => {
    await mkdir(join(dir, 'state', 'config'), { recursive: true });
    await mkdir(join(dir, 'state', 'data'));
    const path = join(dir, name);
    await chmod(path, mode);
    for (const uid of [ME, 0]) {
      expect(refusal(uid)).toMatchObject({
        exit: 'state',
        code: 'open_folder',
        message: expect.stringMatching(new RegExp(`folder ${path}:`)),
        hint: expect.stringContaining(`chmod o-w '${path}'`),
      });
    }
  });

  test('is refused where it does not exist yet, but everybody can make it', async () => {
    await chmod(dir, 0o777);
    expect(refusal(ME)).toMatchObject({ code: 'open_folder' });
    // In a folder such as /tmp nobody can replace what another user made.
    await chmod(dir, 0o1777);
    expect(refusal(ME)).toBe(null);
  });

  test('is refused behind a link, too', async () => {
    await mkdir(join(dir, 'open', 'real'), { recursive: true });
    await mkdir(join(dir, 'state'));
    await symlink(join(dir, 'open', 'real'), join(dir, 'state', 'data'));
    expect(refusal(ME)).toBe(null);
    await chmod(join(dir, 'open'), 0o777);
    expect(refusal(ME)).toMatchObject({ code: 'open_folder', facts: { path: join(dir, 'open') } });
  });

  test('is refused as the folder of an instance', async () => {
    const path = join(dir, 'instance');
    await mkdir(path);
    await chmod(path, 0o777);
    await expect(privateFolder(path)).rejects.toMatchObject({ code: 'open_folder' });
  });

  test('is no matter on Windows, which has no such modes', async () => {
    await chmod(dir, 0o777);
    expect(() => refuseUntrusted(dir, null)).not.toThrow();
  });
});

describe('instanceFolder', () => {
  test('can be read, and is the same every time', () => {
    expect(nameOf('https://waapi.app/api/v1', '33')).toMatch(/^waapi\.app-33-[0-9a-f]{12}$/);
    expect(nameOf('https://waapi.app/api/v1', '33')).toBe(nameOf('https://waapi.app/other', '33'));
  });

  test('keeps origins and ids apart', () => {
    const names = [
      nameOf('https://waapi.app/api/v1', '33'),
      nameOf('http://localhost:4010/api/v1', '33'),
      nameOf('http://localhost:4011/api/v1', '33'),
      nameOf('https://waapi.app/api/v1', 'abc'),
      nameOf('https://waapi.app/api/v1', 'ABC'),
      nameOf('https://waapi.app/api/v1', 'a_c'),
      nameOf('https://waapi.app/api/v1', 'a-c'),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  test('is one folder for the simulator inside listen', () => {
    expect(instanceFolder('/data', 'simulator', '33')).toBe(join('/data', 'simulator'));
  });

  test('never leaves the data folder, whatever the id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.webUrl(), (id, url) => {
        const path = instanceFolder('/data', url, id);
        expect(dirname(path)).toBe('/data');
        expect(basename(path)).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
        expect(basename(path).length).toBeLessThan(64);
      }),
    );
    expect(dirname(instanceFolder('/data', 'https://x/', '../../etc/passwd'))).toBe('/data');
  });
});

describe('privateFolder', () => {
  test.runIf(process.platform !== 'win32')('is made, and tightened, to 0700', async () => {
    const made = join(dir, 'a', 'b');
    await privateFolder(made);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    await chmod(made, 0o755);
    await privateFolder(made);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  test('fails with the folder and a hint', async () => {
    await writeFile(join(dir, 'file'), '');
    const path = join(dir, 'file', 'below');
    await expect(privateFolder(path)).rejects.toMatchObject({
      exit: 'state',
      code: 'state_folder',
      message: expect.stringContaining(path),
      hint: expect.stringContaining('EAZEWA_HOOKS_HOME'),
    });
    await expect(privateFolder(join(dir, 'file'))).rejects.toMatchObject({ code: 'state_folder' });
  });
});
