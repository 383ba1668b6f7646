import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase, type SqliteKind, sqliteKinds } from '../../src/history/driver.ts';
import { HistoryBusyError } from '../../src/history/history.ts';
import { migrate, SCHEMA_VERSION } from '../../src/history/schema.ts';
import { type HistoryOptions, openCheckpointer, openHistory } from '../../src/history/sqlite.ts';
import { type Bundle, bundle } from '../support/bundle.ts';
import { temporaryFolder } from '../support/resources.ts';
import { idsOf, maintainAll, NOON, newEvent, store, TARGET, textBody } from './support.ts';

const kinds = await sqliteKinds();
const posix = process.platform !== 'win32';

let writer: Bundle;
beforeAll(async () => {
  // Commits batches until it is killed, or as many as it is told; prints each id after its commit.
  writer = await bundle(`
    import { writeSync } from 'node:fs';
    import { HistoryBusyError } from './src/history/history.ts';
    import { openHistory } from './src/history/sqlite.ts';
    const [path, kind, name, batches] = process.argv.slice(2);
    const history = await openHistory(path, { kind });
    const event = (id) => ({
      id, at: Date.now(), event: 'message', origin: 'live', chat: 'a@c.us', messageId: null,
      ack: null, duplicateOf: null, repeats: null, ackWentBack: false, issues: [], headers: [],
      body: Buffer.from(JSON.stringify({ event: 'message', data: { message: { body: 'mixed' + ' '.repeat(2000) } } })),
      waitFor: ['http://localhost:3000/'], skipped: [], instanceId: null, summary: '',
      columns: { text: '', direction: null, name: null },
    });
    for (let batch = 0; batch < Number(batches); batch++) {
      const ids = Array.from({ length: 25 }, (_, i) => 'evt_' + name + '_' + batch + '_' + i);
      for (;;) {
        try {
          history.commit({ events: ids.map(event), attempts: [] });
          break;
        } catch (error) {
          if (!(error instanceof HistoryBusyError)) throw error;
        }
      }
      writeSync(1, ids.join('\\n') + '\\n');
    }
    if (name.startsWith('turn')) history.maintain(Date.now());
    history.close();
  `);
});
afterAll(() => writer.remove());

function startWriter(...args: readonly string[]): { child: ChildProcess; ids: string[] } {
  const child = spawn(process.execPath, [writer.path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ids: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => ids.push(line));
  return { child, ids };
}

async function integrity(path: string, kind: SqliteKind): Promise<unknown> {
  const db = await openDatabase(path, kind);
  try {
    return db.prepare('PRAGMA integrity_check').all();
  } finally {
    db.close();
  }
}

describe.each(kinds)('a history file by %s', (kind) => {
  const path = () => join(temporaryFolder(), 'history.db');
  const open = async (file: string, options: HistoryOptions = {}) => {
    const history = await openHistory(file, { kind, ...options });
    onTestFinished(() => history.close());
    return history;
  };

  test.runIf(posix)('is for its owner alone, and made so again', async () => {
    const file = path();
    store(await open(file), newEvent());
    const mode = (name: string) => statSync(name).mode & 0o777;
    expect([file, `${file}-wal`, `${file}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
  });

  test('is set up as it was measured', async () => {
    const file = path();
    await open(file);
    const db = await openDatabase(file, kind);
    onTestFinished(() => db.close());
    expect(db.prepare('PRAGMA page_size').get()).toEqual({ page_size: 16384 });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: SCHEMA_VERSION });
  });

  test('holds everything when it is opened again', async () => {
    const file = path();
    const first = await openHistory(file, { kind });
    const [seq = 0] = store(first, newEvent({ id: 'evt_again', waitFor: [TARGET] }));
    first.close();
    const second = await open(file);
    expect(second.find('evt_again', 1).map((event) => event.seq)).toEqual([seq]);
    expect(second.waitingTargets(seq)).toEqual([TARGET]);
    expect(store(second, newEvent())[0]).toBeGreaterThan(seq);
  });

  test('never uses a seq again', async () => {
    const file = path();
    const history = await open(file, { limits: { maxBytes: 1 } });
    const [seq = 0] = store(history, newEvent());
    maintainAll(history, NOON);
    expect(history.lastSeq()).toBe(0);
    expect(store(history, newEvent())[0]).toBeGreaterThan(seq);
  });

  test('a batch is stored as a whole or not at all', async () => {
    const history = await open(path());
    const broken = { ...newEvent(), at: null as unknown as number };
    expect(() => store(history, newEvent(), broken)).toThrow(/NOT NULL/);
    expect(history.lastSeq()).toBe(0);
    expect(store(history, newEvent())).toHaveLength(1);
  });

  test('while another process writes, a commit is soon busy, and nothing is stored twice', async () => {
    const file = path();
    const history = await open(file);
    const other = await openDatabase(file, kind);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const before = performance.now();
    expect(() => store(history, newEvent())).toThrow(HistoryBusyError);
    expect(performance.now() - before).toBeLessThan(1000);
    expect(history.maintain(NOON)).toBe(false);
    expect(history.list({})).toEqual([]);
    other.exec('COMMIT');
    expect(store(history, newEvent())).toHaveLength(1);
    other.exec('BEGIN IMMEDIATE');
    expect(history.maintain(NOON)).toBe(true);
    other.exec('COMMIT');
    maintainAll(history, NOON);
    expect(history.list({ search: 'hello' })).toHaveLength(1);
  });

  test('two listeners may make the same file at the same time', async () => {
    const file = path();
    const histories = await Promise.all([open(file), open(file), open(file)]);
    histories.forEach((history) => void store(history, newEvent()));
    expect(histories[0]?.list({})).toHaveLength(3);
  });

  test('of version 1 is migrated: events, their order, and summaries out of their bodies', async () => {
    const file = path();
    const db = await openDatabase(file, kind);
    migrate(db, file, 1);
    const insert = db.prepare(`INSERT INTO events (generation, id, at, event, origin, ack_went_back,
      size, headers, body) VALUES (0, ?, ?, 'message', 'live', 0, ?, '[]', ?)`);
    for (const text of ['one', 'two', 'gone']) {
      const body = textBody(text);
      insert.run(`evt_${text}`, NOON, body.length, body);
    }
    db.exec("DELETE FROM events WHERE id = 'evt_gone'");
    db.exec(`INSERT INTO waiting VALUES ('${TARGET}', 1, NULL, ${NOON})`);
    db.close();

    const history = await open(file);
    expect(history.find('evt_one', 1)).toMatchObject([
      { seq: 1, id: 'evt_one', instanceId: '33', summary: '491511234567: "one"', skipped: [] },
    ]);
    expect(Buffer.from(history.event(2)?.body ?? []).equals(textBody('two'))).toBe(true);
    expect(history.waitingTargets(1)).toEqual([TARGET]);
    maintainAll(history, NOON);
    expect(history.list({ search: 'two' })).toEqual([2]);
    // The seq of an event that is gone is not given to another one.
    expect(store(history, newEvent())).toEqual([4]);
    expect(await integrity(file, kind)).toEqual([{ integrity_check: 'ok' }]);
  });

  test('of version 2 is migrated: its events have no signature, new ones have', async () => {
    const file = path();
    const db = await openDatabase(file, kind);
    migrate(db, file, 2);
    const body = textBody('old');
    db.prepare(`INSERT INTO events (generation, id, at, event, origin, ack_went_back, size, summary,
      headers, body) VALUES (0, 'evt_old', ?, 'message', 'live', 0, ?, 'old', '[]', ?)`).run(
      NOON,
      body.length,
      body,
    );
    db.close();
    const history = await open(file);
    expect(store(history, newEvent({ signature: 'signed' }))).toEqual([2]);
    expect(history.event(1)).toMatchObject({ id: 'evt_old', summary: 'old' });
    expect(history.event(1)).not.toHaveProperty('signature');
    expect(history.event(2)).toMatchObject({ signature: 'signed' });
    expect(await integrity(file, kind)).toEqual([{ integrity_check: 'ok' }]);
  });

  test('of version 2 is indexed again for parts of words; pages are whole meanwhile', async () => {
    const file = path();
    const db = await openDatabase(file, kind);
    migrate(db, file, 2);
    const bodies = Array.from({ length: 250 }, (_, i) =>
      textBody(i % 10 === 7 ? 'Łódź is green' : 'Łódź is red'),
    );
    db.exec('BEGIN');
    for (const [i, body] of bodies.entries()) {
      db.prepare(`INSERT INTO events (generation, id, at, event, origin, ack_went_back, size, summary,
        headers, body) VALUES (0, ?, ?, 'message', 'live', 0, ?, '', '[]', ?)`).run(
        `evt_${i}`,
        NOON + i,
        body.length,
        body,
      );
      db.prepare('INSERT INTO search (rowid, words) VALUES (?, ?)').run(i + 1, 'łodz is');
    }
    const size = bodies.reduce((sum, body) => sum + body.length, 0);
    db.prepare('UPDATE upkeep SET indexed = 250, bytes = ?').run(size);
    db.exec('COMMIT');
    db.close();

    const history = await open(file);
    const check = () => {
      const paged: number[] = [];
      for (;;) {
        const last = history.event(paged.at(-1) ?? 0);
        const page = history.list({ search: 'odz ree', limit: 3, ...(last && { before: last }) });
        if (page.length === 0) break;
        paged.push(...page);
      }
      const green = bodies.flatMap((_, i) => (i % 10 === 7 ? [i + 1] : []));
      expect(paged).toEqual(green.reverse());
    };
    check();
    let slices = 0;
    while (history.maintain(NOON)) {
      slices++;
      check();
    }
    check();
    expect(slices).toBeGreaterThan(1);
    const after = await openDatabase(file, kind);
    onTestFinished(() => after.close());
    expect(after.prepare('SELECT indexed, bytes FROM upkeep').get()).toMatchObject({
      indexed: 250,
      bytes: size,
    });
    expect(await integrity(file, kind)).toEqual([{ integrity_check: 'ok' }]);
  });

  test('a summary that an earlier version stored is the text of its list too', async () => {
    const file = path();
    const history = await open(file);
    const [seq = 0] = store(history, newEvent());
    const db = await openDatabase(file, kind);
    db.exec(`UPDATE events SET summary = '491511234567: "one"'`);
    db.close();
    expect(history.head(seq)).toMatchObject({
      summary: '491511234567: "one"',
      columns: { text: '491511234567: "one"', direction: null, name: null },
    });
  });

  test('tells other processes from which event on its listener forwards', async () => {
    const file = path();
    const [listener, other] = [await open(file), await open(file)];
    expect(other.forwardsAfter()).toBe(0);
    store(listener, newEvent());
    expect(listener.startForwarding()).toBe(1);
    expect(other.forwardsAfter()).toBe(1);
    // Where another process writes just then, the next upkeep stores it.
    const db = await openDatabase(file, kind);
    onTestFinished(() => db.close());
    store(listener, newEvent());
    db.exec('BEGIN IMMEDIATE');
    expect(listener.startForwarding()).toBe(2);
    db.exec('ROLLBACK');
    expect(other.forwardsAfter()).toBe(1);
    maintainAll(listener, NOON);
    expect(other.forwardsAfter()).toBe(2);
  });

  test('one of a newer version is refused, untouched', async () => {
    const file = path();
    (await openHistory(file, { kind })).close();
    const db = await openDatabase(file, kind);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    await expect(openHistory(file, { kind })).rejects.toMatchObject({
      exit: 'state',
      code: 'history_newer',
      message: expect.stringContaining(file),
    });
  });

  test('one that is no database is refused, naming it and what to do', async () => {
    const file = path();
    writeFileSync(file, 'this is not a database'.repeat(1000));
    await expect(openHistory(file, { kind })).rejects.toMatchObject({
      exit: 'state',
      code: 'history_unusable',
      message: expect.stringContaining(file),
      hint: expect.stringContaining('--no-history'),
    });
  });

  test('one that cannot be made is refused likewise', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'history.db'));
    for (const file of [join(folder, 'history.db'), join(folder, 'no/such/history.db')]) {
      await expect(openHistory(file, { kind })).rejects.toMatchObject({
        exit: 'state',
        code: 'history_unusable',
      });
    }
  });

  test('reading makes no file', async () => {
    const file = path();
    await expect(openHistory(file, { kind, mustExist: true })).rejects.toMatchObject({
      exit: 'state',
      code: 'no_history',
    });
    store(await open(file), newEvent());
    expect((await open(file, { mustExist: true })).list({})).toHaveLength(1);
  });

  test('checkpoints can come from beside it', async () => {
    const file = path();
    const history = await open(file, { checkpoints: false });
    const checkpointer = await openCheckpointer(file, kind);
    onTestFinished(() => checkpointer.close());
    const size = () => statSync(file).size;
    const before = size();
    for (let i = 0; i < 40; i++) store(history, newEvent({ body: Buffer.alloc(500_000) }));
    expect(size()).toBe(before);
    checkpointer.run();
    expect(size()).toBeGreaterThan(20_000_000 + before - 1);
    expect(history.list({})).toHaveLength(40);
  });

  test('kill -9 loses nothing that was acknowledged', async () => {
    const file = path();
    const { child, ids } = startWriter(file, kind, 'k', '1000000');
    while (ids.length < 2000) await once(child.stdout as NodeJS.ReadableStream, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    const history = await open(file);
    const stored = new Set(idsOf(history));
    expect(ids.filter((id) => id !== '' && !stored.has(id))).toEqual([]);
    expect(history.countWaiting()).toBe(stored.size);
    expect(stored.size % 25).toBe(0);
    expect(await integrity(file, kind)).toEqual([{ integrity_check: 'ok' }]);
  });

  test('two processes write at once, while a third reads and does the upkeep', async () => {
    const file = path();
    const history = await open(file, { busyTimeoutMs: 2000 });
    const [a, b] = [startWriter(file, kind, 'a', '60'), startWriter(file, kind, 'b', '60')];
    const ended = Promise.all([once(a.child, 'close'), once(b.child, 'close')]);
    a.child.stdout?.on('data', () => history.maintain(Date.now()));
    expect((await ended).map(([code]) => code)).toEqual([0, 0]);
    const stored = idsOf(history);
    expect(new Set(stored)).toEqual(new Set([...a.ids, ...b.ids]));
    expect(stored).toHaveLength(3000);
    for (const ids of [a.ids, b.ids]) {
      const own = new Set(ids);
      expect(stored.filter((id) => own.has(id))).toEqual(ids);
    }
    expect(await integrity(file, kind)).toEqual([{ integrity_check: 'ok' }]);
  });
});

const [first, second] = kinds;
test.runIf(second !== undefined)('what one SQLite wrote the other goes on with', async () => {
  const file = join(temporaryFolder(), 'history.db');
  // Each in a process of its own, as they would be: two SQLites in one process undo each other's locks.
  for (const [turn, kind] of [first, second, first, second].entries()) {
    const { child } = startWriter(file, kind ?? '', `turn${turn}`, '2');
    expect(await once(child, 'close')).toEqual([0, null]);
  }
  const history = await openHistory(file, { kind: 'libsql' });
  onTestFinished(() => history.close());
  maintainAll(history, NOON);
  expect(idsOf(history).map((id) => id.split('_')[1])).toEqual(
    ['turn0', 'turn1', 'turn2', 'turn3'].flatMap((name) => Array(50).fill(name)),
  );
  expect(history.countWaiting()).toBe(200);
  expect(history.list({ search: 'mixed', events: ['message'] })).toHaveLength(200);
  expect(await integrity(file, 'libsql')).toEqual([{ integrity_check: 'ok' }]);
});
