import { closeSync, copyFileSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/history/driver.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { newEvent, store } from '../history/support.ts';
import { failureOf } from '../support/failure.ts';
import { app, temporaryFolder } from '../support/resources.ts';
import { message, OWN, post, setUp } from './set-up.ts';

const PAGE = 16_384;

/** Copies the log into the file. */
async function checkpoint(path: string): Promise<void> {
  const db = await openDatabase(path);
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  db.close();
}

/** Overwrites all pages but the first. */
function damage(path: string): void {
  const garbage = Buffer.alloc(statSync(path).size - PAGE, 0xa5);
  const file = openSync(path, 'r+');
  writeSync(file, garbage, 0, garbage.length, PAGE);
  closeSync(file);
}

test('a damaged history ends the start with 13, before the instance is touched', async () => {
  const { listen, api, folder, locked } = await setUp();
  const made = join(temporaryFolder(), 'history.db');
  const history = await openHistory(made);
  store(history, ...Array.from({ length: 50 }, () => newEvent()));
  history.close();
  await checkpoint(made);
  const path = historyPath(folder);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  copyFileSync(made, path);
  damage(path);
  expect(await failureOf(listen().stopped)).toMatchObject({
    exit: 'state',
    code: expect.stringMatching(/^history_(damaged|unusable)$/),
    message: expect.stringContaining(path),
    hint: expect.stringContaining('mv '),
  });
  expect(api.asked).toEqual([]);
  expect(await locked()).toBe(false);
});

test('a history that is damaged later ends the listener with 13, after it has released the instance', async () => {
  const target = await app();
  const { listen, folder, current, journal } = await setUp();
  const targets = [{ url: target.url, events: null, hasPath: true }];
  const listener = listen({ forwarding: { targets } });
  const { webhookUrl } = await listener.entry('ready');
  await post(webhookUrl, message('ana@c.us', 'm1'));
  await listener.entry('attempt');
  const path = historyPath(folder);
  await checkpoint(path);
  damage(path);
  const other = await openDatabase(path);
  // A change of the file's first page: connections forget what they have read of the others.
  other.exec('PRAGMA user_version = 2');
  other.close();
  const answer = post(webhookUrl, message('ana@c.us', 'm2')).catch((error: unknown) => error);
  expect(await failureOf(listener.stopped)).toMatchObject({
    exit: 'state',
    code: 'history_damaged',
    hint: expect.stringContaining('mv '),
  });
  // No answer, so that the vendor sends the event again: to the webhook that was restored.
  expect(await answer).toBeInstanceOf(Error);
  expect(await current()).toEqual(OWN);
  expect(await journal.read()).toBe(null);
  const warnings = listener.entries.filter((entry) => entry.type === 'warning');
  expect(warnings.map(({ code }) => code)).toContain('history_damaged');
  expect(warnings.filter(({ code }) => code === 'target_down')).toEqual([]);
});
