import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase, type SqliteKind, sqliteKinds } from '../../src/history/driver.ts';
import { HistoryBusyError } from '../../src/history/history.ts';
import { bundle } from '../support/bundle.ts';
import { temporaryFolder } from '../support/resources.ts';

const kinds = await sqliteKinds();
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

test("Node's own SQLite is there from 22.13 on and comes first, libsql where it is installed", () => {
  const own = major > 22 || (major === 22 && minor >= 13);
  expect(kinds).toEqual(own ? ['node:sqlite', 'libsql'] : ['libsql']);
});

test('a SQLite that does not load is an error that says what to do', async () => {
  if (kinds.includes('node:sqlite')) return;
  await expect(openDatabase(':memory:', 'node:sqlite')).rejects.toMatchObject({
    exit: 'state',
    code: 'no_sqlite',
    hint: expect.stringContaining('npm install libsql'),
  });
});

test('no warning about SQLite is seen, every other one is', async () => {
  const child = await bundle(`
    import { openDatabase, sqliteKinds } from './src/history/driver.ts';
    (await openDatabase(':memory:')).close();
    await sqliteKinds();
    process.emitWarning('something else', 'ExperimentalWarning');
  `);
  onTestFinished(() => child.remove());
  const { stderr, status } = spawnSync(process.execPath, [child.path], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stderr).toContain('something else');
  expect(stderr).not.toContain('SQLite');
});

describe.each(kinds)('%s', (kind: SqliteKind) => {
  const open = async (path = ':memory:') => {
    const db = await openDatabase(path, kind);
    onTestFinished(() => db.close());
    return db;
  };

  test('binds and returns text, numbers, nulls and blobs', async () => {
    const db = await open();
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c TEXT, d BLOB)');
    const insert = db.prepare('INSERT INTO t (b, c, d) VALUES (?, ?, ?)');
    expect(insert.run(Number.MAX_SAFE_INTEGER, 'ä🎉', Uint8Array.of(1, 2, 3).subarray(1))).toEqual({
      changes: 1,
      lastInsertRowid: 1,
    });
    expect(insert.run(null, null, null).lastInsertRowid).toBe(2);
    const select = db.prepare('SELECT * FROM t WHERE a >= ? ORDER BY a');
    for (const row of [select.get(1), select.all(1)[0]]) {
      expect(Object.keys(row ?? {})).toEqual(['a', 'b', 'c', 'd']);
      expect(row).toMatchObject({ a: 1, b: Number.MAX_SAFE_INTEGER, c: 'ä🎉' });
      const blob = row?.d;
      expect(blob).toBeInstanceOf(Uint8Array);
      expect(blob instanceof Uint8Array && [...blob]).toEqual([2, 3]);
    }
    expect(select.all(2)[0]).toEqual({ a: 2, b: null, c: null, d: null });
    expect(select.get(3)).toBeUndefined();
    expect(select.all(3)).toEqual([]);
  });

  test('stores and returns the same of an odd text, and finds it again', async () => {
    const db = await open();
    db.exec('CREATE TABLE t (a TEXT)');
    const odd = 'a\0b\ud800c\0';
    db.prepare('INSERT INTO t VALUES (?)').run(odd);
    const select = db.prepare('SELECT a, hex(a) AS hex FROM t WHERE a = ?');
    const row = { a: 'a\ufffdb\ufffdc\ufffd', hex: '61EFBFBD62EFBFBD63EFBFBD' };
    for (const found of [select.get(odd), select.all(odd)[0]]) expect(found).toEqual(row);
  });

  test('a statement that was used before returns no earlier row', async () => {
    const db = await open();
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)');
    const select = db.prepare('SELECT a FROM t WHERE a >= ? ORDER BY a');
    expect(select.all(1)).toHaveLength(2);
    expect(select.get(3)).toBeUndefined();
    expect(select.get(1)).toEqual({ a: 1 });
    expect(select.get(3)).toBeUndefined();
    expect(select.all(3)).toEqual([]);
    expect(select.all(2)).toEqual([{ a: 2 }]);
  });

  test('a single blob is a parameter, not a bag of names', async () => {
    const db = await open();
    expect(db.prepare('SELECT length(?) AS n').get(Uint8Array.of(7, 8))).toEqual({ n: 2 });
  });

  test('a file that another connection writes to is busy, whatever the call', async () => {
    const path = join(temporaryFolder(), 'a.db');
    const [holder, other] = [await open(path), await open(path)];
    other.exec('PRAGMA busy_timeout = 0; CREATE TABLE t (a)');
    holder.exec('BEGIN EXCLUSIVE');
    const insert = () => other.prepare('INSERT INTO t VALUES (1)').run();
    for (const call of [() => other.exec('BEGIN IMMEDIATE'), insert]) {
      expect(call).toThrow(HistoryBusyError);
    }
    holder.exec('COMMIT');
    expect(insert().changes).toBe(1);
  });

  test('any other error is left as it is', async () => {
    const db = await open();
    db.exec('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)');
    expect(() => db.exec('SELEC')).toThrow(/syntax/);
    expect(() => db.prepare('INSERT INTO t VALUES (1)').run()).toThrow(/UNIQUE/);
    expect(() => db.prepare('INSERT INTO t VALUES (1)').run()).not.toThrow(HistoryBusyError);
  });
});
