import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { setAside } from '../../src/history/damage.ts';
import { openDatabase, sqliteKinds } from '../../src/history/driver.ts';
import { fullEventEntryOf } from '../../src/history/entries.ts';
import type { History } from '../../src/history/history.ts';
import { SCHEMA_VERSION } from '../../src/history/schema.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';
import {
  attempted,
  maintainAll,
  NOON,
  newAttempt,
  newEvent,
  store,
  TARGET,
  textBody,
} from './support.ts';

const PAGE = 16_384;
const kinds = await sqliteKinds();

/** A file of some thirty pages, with events, attempts, what waits, what failed, and a search index. */
async function filled(kind: (typeof kinds)[number]): Promise<string> {
  const path = join(temporaryFolder(), 'history.db');
  const history = await openHistory(path, { kind });
  const text = 'some words of a message '.repeat(40);
  for (let i = 0; i < 200; i++) {
    const event = newEvent({
      body: textBody(`${i} ${text}`),
      waitFor: [TARGET],
      messageId: `m${i}`,
    });
    const [seq = 0] = store(history, event);
    if (i % 2 === 0) attempted(history, newAttempt(seq, { status: i % 4 === 0 ? 500 : 200 }));
  }
  maintainAll(history, NOON);
  history.close();
  const db = await openDatabase(path, kind);
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  db.close();
  return path;
}

/** Overwrites a page, numbered from 1. */
function damage(path: string, page: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, (page - 1) * PAGE);
  closeSync(file);
}

/** Everything that is done with a history. */
const calls: Record<string, (history: History) => unknown> = {
  list: (history) => history.list({}),
  after: (history) => history.list({ after: 0 }),
  search: (history) => history.list({ search: 'words 7' }),
  failed: (history) => history.list({ failed: true }),
  waits: (history) => history.list({ waiting: true, events: ['message'] }),
  waiting: (history) => history.waiting(TARGET, 0, 0, 1000),
  count: (history) => history.countWaiting(),
  recent: (history) => history.recent(500),
  messages: (history) => history.messagesStored(['m1'], 0),
  about: (history) => history.aboutMessage('m7', 9),
  find: (history) => history.find('evt_', 1000),
  start: (history) => history.startForwarding(),
  upkeep: (history) => history.maintain(NOON + 1000),
  commit: (history) => store(history, newEvent({ waitFor: [TARGET] })),
  read: (history) => {
    for (let seq = 1; seq <= 200; seq++) {
      const event = history.event(seq);
      if (event !== null) fullEventEntryOf(event, [], 'full');
      history.attempts(seq);
      history.lastAttempts(seq);
      history.waitingTargets(seq);
    }
  },
};

describe.each(kinds)('a history that is damaged, in %s', (kind) => {
  test.each([
    ['garbage', Buffer.alloc(PAGE, 0xa5)],
    ['zeros', Buffer.alloc(PAGE)],
  ])('by a page of %s, wherever that is, says so and nothing else', async (_, bytes) => {
    const path = await filled(kind);
    const pages = statSync(path).size / PAGE;
    expect(pages).toBeGreaterThan(14);
    const codes = new Set<string>();
    for (let page = 1; page <= pages; page += page < 14 ? 1 : 7) {
      const copy = copyOf(path);
      damage(copy, page, bytes);
      const said = await openHistory(copy, { kind, check: true }).then(
        () => `page ${page} is not noticed`,
        ({ code, exit }) => `${exit} ${code}`,
      );
      codes.add(said);
      // Without the check, as in other commands: each call returns, or says that the file is damaged.
      const history = await openHistory(copy, { kind }).catch((error) => error);
      if (history instanceof Error) continue;
      for (const [name, call] of Object.entries(calls)) {
        try {
          call(history);
        } catch (error) {
          expect(error, `page ${page}, ${name}`).toMatchObject({
            exit: 'state',
            code: 'history_damaged',
            message: expect.stringContaining(copy),
          });
        }
      }
      history.close();
    }
    expect([...codes].filter((code) => !/^state history_(damaged|unusable)$/.test(code))).toEqual(
      [],
    );
  });

  test.runIf(process.platform !== 'win32')(
    'is set aside by the command that the error names, and a new one begins',
    async () => {
      const path = copyOf(await filled(kind));
      damage(path, 3, Buffer.alloc(PAGE, 0xa5));
      const error = await failureOf(openHistory(path, { kind, check: true }));
      const command = setAside(path);
      expect(error.hint).toContain(command);
      expect(spawnSync('sh', ['-c', command]).status).toBe(0);
      expect(existsSync(path)).toBe(false);
      expect(readdirSync(join(dirname(path), 'damaged'))).toContain('history.db');
      const history = await openHistory(path, { kind, check: true });
      expect(history.list({})).toEqual([]);
      history.close();
    },
  );

  test.each([
    ['of another program', 0, 'CREATE TABLE events (id)'],
    ['with our version and other tables', SCHEMA_VERSION, 'CREATE TABLE other (id)'],
    ['with our tables and other columns', SCHEMA_VERSION, 'CREATE TABLE events (seq, id)'],
    ['with the version before ours', SCHEMA_VERSION - 1, 'CREATE TABLE other (id)'],
    ['with our first version', 1, 'CREATE TABLE other (id)'],
    ['with our first version and a table of ours', 1, 'CREATE TABLE events (seq, id)'],
    ['with an older version and other tables', 2, 'CREATE TABLE other (id)'],
    ['with an older version and other columns', 2, 'CREATE TABLE events (seq, id)'],
    ['with a version below ours', -7, 'CREATE TABLE other (id)'],
  ])('is not confused with a file %s, which stays as it is', async (_, version, sql) => {
    const path = join(temporaryFolder(), 'history.db');
    const db = await openDatabase(path, kind);
    onTestFinished(() => db.close());
    db.exec(`${sql}; PRAGMA user_version = ${version}`);
    expect(await failureOf(openHistory(path, { kind }))).toMatchObject({
      exit: 'state',
      code: 'history_foreign',
      message: expect.stringContaining(path),
    });
    expect(db.prepare('SELECT count(*) AS n FROM sqlite_master').get()).toEqual({ n: 1 });
  });
});

function copyOf(path: string): string {
  const copy = join(temporaryFolder(), "it's", 'history.db');
  mkdirSync(dirname(copy));
  copyFileSync(path, copy);
  return copy;
}
