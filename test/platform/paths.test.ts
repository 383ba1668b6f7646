import { chmod, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { folders, instanceFolder, privateFolder } from '../../src/platform/paths.ts';
import { temporaryFolder } from '../support/resources.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryFolder();
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
