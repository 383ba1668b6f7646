import { mkdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chooseInstance, chooseOrStart } from '../../../src/commands/shared/choose-instance.ts';
import { openChosenHistory } from '../../../src/commands/shared/chosen-history.ts';
import { settingsOf } from '../../../src/commands/shared/deps.ts';
import { openHistory } from '../../../src/history/sqlite.ts';
import { folders, historyPath, instanceFolder } from '../../../src/platform/paths.ts';
import { DEFAULT_API_URL } from '../../../src/settings/api-url.ts';
import { writeInstanceNames } from '../../../src/takeover/instance-file.ts';
import { lockInstance } from '../../../src/takeover/lock.ts';
import { failureOf } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/resources.ts';
import { HOSTILE, obeys, world } from '../../views/harness.ts';

const LOCAL = 'http://127.0.0.1:4710/api/v1';

/** A machine, and what its commands choose by these options; `answer` is typed on its terminal. */
function machine() {
  const env = { EAZEWA_HOOKS_HOME: temporaryFolder() };
  const { data } = folders(env, '/');
  const choosing = (choose: typeof chooseInstance) => {
    return async (options: { instance?: string; apiUrl?: string } = {}, answer?: string) => {
      const { io: silent, stderr } = world({ env, isTTY: answer !== undefined });
      const stdin = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
      if (answer !== undefined) stdin.end(`${answer}\n`);
      const io = { ...silent, stdin: stdin as unknown as NodeJS.ReadStream };
      const { folder } = await choose(await settingsOf(options, io), { io, input: true });
      return { folder, asked: stderr.text };
    };
  };
  return {
    /** An instance whose events were stored; without a name in a folder of no known instance. */
    async stored(apiUrl: string, instanceId: string, name: string | null = null) {
      const folder = instanceFolder(data, apiUrl, instanceId);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      (await openHistory(historyPath(folder))).close();
      if (apiUrl !== 'simulator') await writeInstanceNames(folder, { apiUrl, instanceId, name });
      return folder;
    },
    /** What a listener leaves that never held its instance. */
    async left(apiUrl: string, instanceId: string) {
      const folder = instanceFolder(data, apiUrl, instanceId);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      (await openHistory(historyPath(folder))).close();
    },
    history: (instance: string) => openChosenHistory({ instance, input: true }, world({ env }).io),
    choose: choosing(chooseInstance),
    start: choosing(chooseOrStart),
  };
}

describe('several instances', () => {
  test('are shown by id, name and API, with the flags that name each', async () => {
    const { stored, choose } = machine();
    const folder = await stored(LOCAL, '33', 'Shop');
    await stored(DEFAULT_API_URL, '33');
    await stored('simulator', '33');
    const error = await failureOf(choose());
    expect(error).toMatchObject({ exit: 'usage', code: 'which_instance' });
    const offered = (error.hint ?? '').replace('Choose one. ', '').split('; ').sort();
    expect(offered).toEqual([
      `33 (Shop) at 127.0.0.1:4710: -i 33 --api-url ${LOCAL}`,
      '33 at waapi.app: -i 33',
      'simulator: -i simulator',
    ]);
    expect((await choose({ instance: '33', apiUrl: LOCAL })).folder).toBe(folder);
    expect((await choose({ instance: 'Shop' })).folder).toBe(folder);
    expect((await choose({ instance: 'simulator' })).folder).not.toBe(folder);
  });

  test('are picked by a number on a terminal', async () => {
    const { stored, choose } = machine();
    const known = [await stored(LOCAL, '33', 'Shop'), await stored(LOCAL, '34', 'Café')];
    const { asked } = await choose({}, '1');
    expect(asked).toMatch(/Which instance is meant\?\n {2}1 {2}3. \(.*\) at 127.0.0.1:4710\n/);
    expect(asked).toContain('Which? [1/2/N]');
    const picked = [(await choose({}, '1')).folder, (await choose({}, '2')).folder];
    expect(picked.sort()).toEqual(known.sort());
    for (const answer of ['', '3', 'x']) {
      expect(await failureOf(choose({}, answer))).toMatchObject({ code: 'which_instance' });
    }
  });

  test('are no question where one is named, or one listener runs', async () => {
    const { stored, choose, start } = machine();
    const folder = await stored(LOCAL, '33', 'Shop');
    await stored(LOCAL, '34');
    expect(await choose({ instance: '33' }, '2')).toEqual({ folder, asked: '' });
    onTestFinished(await lockInstance(folder, '33'));
    expect(await choose({}, '2')).toEqual({ folder, asked: '' });
    expect(await start({}, '2')).toEqual({ folder, asked: '' });
  });

  test('are no question for what may go to the simulator', async () => {
    const { stored, start } = machine();
    await stored(LOCAL, '33');
    await stored(LOCAL, '34');
    const { folder, asked } = await start({}, '1');
    expect(folder.endsWith('simulator')).toBe(true);
    expect(asked).toBe('');
  });
});

test('-i alone finds the only instance of that id at any API, and asks between several', async () => {
  const { stored, choose } = machine();
  const other = 'http://127.0.0.1:4711/api/v1';
  const [one, two] = [await stored(LOCAL, '33'), await stored(other, '34')];
  expect((await choose({ instance: '33' })).folder).toBe(one);
  expect((await choose({ instance: '34' })).folder).toBe(two);
  await stored(other, '33');
  expect(await failureOf(choose({ instance: '33' }))).toMatchObject({ code: 'which_instance' });
  expect((await choose({ instance: '33', apiUrl: LOCAL })).folder).toBe(one);
  const vendors = await stored(DEFAULT_API_URL, '33');
  expect((await choose({ instance: '33' })).folder).toBe(vendors);
});

test('an instance of which nothing is stored is an error that names those of which something is', async () => {
  const { stored, history } = machine();
  expect(await failureOf(history('99'))).toMatchObject({
    code: 'no_history',
    message: 'No event of 99 at waapi.app is stored here',
    hint: 'Start with: eazewa-hooks listen -i 99',
  });
  await stored(LOCAL, '33', 'Shop');
  expect((await failureOf(history('99'))).hint).toBe(
    `There are events of: 33 (Shop) at 127.0.0.1:4710: -i 33 --api-url ${LOCAL}`,
  );
  expect(await failureOf(history('simulator'))).toMatchObject({
    code: 'no_history',
    message: 'No event of simulator is stored here',
  });
});

test('a folder of which no instance is known is no choice', async () => {
  const { left, stored, choose } = machine();
  await left(LOCAL, '34');
  expect(await failureOf(choose())).toMatchObject({ code: 'nothing_received' });
  const folder = await stored('simulator', '33');
  expect((await choose()).folder).toBe(folder);
});

test('no terminal obeys a name', async () => {
  const { stored, choose } = machine();
  await stored(LOCAL, '33', HOSTILE);
  await stored(LOCAL, '34');
  expect(obeys((await choose({}, '1')).asked)).toBe(false);
  expect(obeys((await failureOf(choose())).hint ?? '')).toBe(false);
});
