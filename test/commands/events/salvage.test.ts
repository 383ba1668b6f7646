import { closeSync, copyFileSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run as exportAll } from '../../../src/commands/events/export.ts';
import { run as list } from '../../../src/commands/events/list.ts';
import type { Deps } from '../../../src/commands/shared/deps.ts';
import { openDatabase } from '../../../src/history/driver.ts';
import { openHistory } from '../../../src/history/sqlite.ts';
import { folders, historyPath, instanceFolder } from '../../../src/platform/paths.ts';
import { newEvent, store, textBody } from '../../history/support.ts';
import { failureOf } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/resources.ts';
import { world } from '../../views/harness.ts';

const PAGE = 16_384;
const EVENTS = 20;

/** A history of 20 events of four pages each, with garbage on one page. */
async function damagedAt(page: (pages: number) => number) {
  const made = join(temporaryFolder(), 'history.db');
  const history = await openHistory(made);
  for (let i = 0; i < EVENTS; i++) store(history, newEvent({ body: textBody('x'.repeat(60_000)) }));
  history.close();
  const db = await openDatabase(made);
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  db.close();
  const env = { EAZEWA_HOOKS_HOME: temporaryFolder() };
  const folder = instanceFolder(folders(env, '/').data, 'simulator', '');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = historyPath(folder);
  copyFileSync(made, path);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(PAGE, 0xa5), 0, PAGE, page(statSync(path).size / PAGE) * PAGE);
  closeSync(file);
  const { io, stdout } = world({ env });
  return { deps: { io } as Deps, stdout };
}

const options = { instance: 'simulator', color: false };

test.each([
  ['export', exportAll],
  ['list', (raw: object, deps: Deps) => list({ ...raw, json: true }, deps)],
])('events %s prints all but the damaged event, then ends with 13', async (_, run) => {
  // In the middle are bodies alone.
  const { deps, stdout } = await damagedAt((pages) => Math.floor(pages / 2));
  expect(await failureOf(run(options, deps))).toMatchObject({
    exit: 'state',
    code: 'history_damaged',
  });
  const ids = stdout.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  expect(new Set(ids).size).toBe(EVENTS - 1);
});
