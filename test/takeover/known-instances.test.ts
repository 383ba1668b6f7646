import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openHistory } from '../../src/history/sqlite.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { fileJournal, journalPath } from '../../src/takeover/journal.ts';
import {
  crashedListeners,
  hasHistory,
  isHeld,
  knownInstances,
} from '../../src/takeover/known-instances.ts';
import { lockInstance } from '../../src/takeover/lock.ts';
import { INSTANCE, journalEntry } from '../listener/harness.ts';
import { temporaryFolder } from '../support/resources.ts';

/** A folder of data with these instances in it. */
function setUp(...names: string[]) {
  const data = join(temporaryFolder(), 'data');
  for (const name of names) mkdirSync(join(data, name), { recursive: true });
  return { data, folder: (name: string) => join(data, name) };
}

describe('the instances that this machine knows of', () => {
  test('are those with a folder; other files are none', async () => {
    const { data, folder } = setUp('a-33-0123456789ab', 'simulator');
    writeFileSync(join(data, 'note.txt'), '');
    expect((await knownInstances(data)).sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'a-33-0123456789ab', folder: folder('a-33-0123456789ab') },
      { name: 'simulator', folder: folder('simulator') },
    ]);
  });

  test('are none where there is no folder of data', async () => {
    const { data } = setUp();
    expect(await knownInstances(data)).toEqual([]);
    expect(await crashedListeners(data)).toEqual({ crashed: [], unreadable: [] });
  });

  test('are not none where the folder of data cannot be read', async () => {
    const data = join(temporaryFolder(), 'data');
    writeFileSync(data, 'a file in the place of the folder');
    const unread = { exit: 'state', code: 'folder_not_read' };
    await expect(knownInstances(data)).rejects.toMatchObject(unread);
    await expect(crashedListeners(data)).rejects.toMatchObject(unread);
  });

  test('have a history once events were stored', async () => {
    const { folder } = setUp('a');
    const instance = { name: 'a', folder: folder('a') };
    expect(await hasHistory(instance)).toBe(false);
    (await openHistory(historyPath(instance.folder))).close();
    expect(await hasHistory(instance)).toBe(true);
  });

  test('are held while a listener has the lock', async () => {
    const { folder } = setUp('a');
    const instance = { name: 'a', folder: folder('a') };
    expect(await isHeld(instance)).toBe(false);
    const unlock = await lockInstance(instance.folder, INSTANCE);
    expect(await isHeld(instance)).toBe(true);
    unlock();
    expect(await isHeld(instance)).toBe(false);
  });
});

describe('a crashed listener', () => {
  test('is a journal that nobody holds', async () => {
    const { data, folder } = setUp('alive', 'crashed', 'without');
    for (const name of ['alive', 'crashed']) {
      await fileJournal(folder(name)).write(journalEntry({ host: name }));
    }
    onTestFinished(await lockInstance(folder('alive'), INSTANCE));
    expect((await crashedListeners(data)).crashed).toEqual([
      { folder: folder('crashed'), entry: journalEntry({ host: 'crashed' }) },
    ]);
  });

  test('whose journal cannot be read is an error that names it, and hides no other', async () => {
    const { data, folder } = setUp('broken', 'crashed');
    writeFileSync(journalPath(folder('broken')), 'x');
    await fileJournal(folder('crashed')).write(journalEntry());
    const { crashed, unreadable } = await crashedListeners(data);
    expect(crashed).toEqual([{ folder: folder('crashed'), entry: journalEntry() }]);
    expect(unreadable).toMatchObject([{ exit: 'state', code: 'journal_unreadable' }]);
    expect(unreadable[0]?.message).toContain(folder('broken'));
  });
});
