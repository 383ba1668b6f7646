import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase, type SqliteKind, sqliteKinds } from '../../src/history/driver.ts';
import type { Limits } from '../../src/history/retention.ts';
import { openHistory } from '../../src/history/sqlite.ts';
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

const DAY = 86_400_000;
const HOUR = 3_600_000;

describe.each(await sqliteKinds())('retention by %s', (kind: SqliteKind) => {
  const open = async (limits: Partial<Limits> = {}) => {
    const path = join(temporaryFolder(), 'history.db');
    const history = await openHistory(path, { kind, limits });
    onTestFinished(() => history.close());
    const count = async (table: string) => {
      const db = await openDatabase(path, kind);
      try {
        return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
      } finally {
        db.close();
      }
    };
    return { history, count };
  };

  test('after seven days an event goes, with its attempts, its signature and its words', async () => {
    const { history, count } = await open();
    const [old = 0, recent = 0] = store(
      history,
      newEvent({ body: textBody('same word'), signature: 'signed' }),
      newEvent({ body: textBody('same word'), signature: 'signed', at: NOON + 8 * DAY }),
    );
    attempted(history, newAttempt(old, { status: 500 }), newAttempt(recent, { status: 500 }));
    maintainAll(history, NOON + 7 * DAY);
    expect(history.list({ search: 'same' })).toHaveLength(2);
    maintainAll(history, NOON + 7 * DAY + HOUR);
    expect(history.list({})).toEqual([recent]);
    expect(history.list({ failed: true })).toEqual([recent]);
    expect(history.list({ search: 'same' })).toEqual([recent]);
    expect(history.attempts(old)).toEqual([]);
    expect(await count('attempts')).toBe(1);
    expect(await count('failing')).toBe(1);
    expect(await count('signatures')).toBe(1);
    expect(await count("search('sam')")).toBe(1);
  });

  test('what waits for a target stays, however old', async () => {
    const { history } = await open();
    const [waits = 0, , recent = 0] = store(
      history,
      newEvent({ waitFor: [TARGET] }),
      newEvent(),
      newEvent({ at: NOON + 30 * DAY }),
    );
    maintainAll(history, NOON + 30 * DAY);
    expect(history.list({})).toEqual([recent, waits]);
    attempted(history, newAttempt(waits));
    maintainAll(history, NOON + 31 * DAY);
    expect(history.list({})).toEqual([recent]);
  });

  test('bodies above the limit make the oldest go, as many as needed', async () => {
    const { history } = await open({ maxBytes: 5000 });
    const seqs = store(
      history,
      ...Array.from({ length: 10 }, (_, i) =>
        newEvent({ body: Buffer.alloc(1000, 'x'), waitFor: i === 1 ? [TARGET] : [] }),
      ),
    );
    maintainAll(history, NOON);
    expect(history.list({ after: 0 }).map((seq) => seqs.indexOf(seq))).toEqual([1, 6, 7, 8, 9]);
    store(history, newEvent({ body: Buffer.alloc(2500, 'x') }));
    maintainAll(history, NOON + HOUR);
    expect(history.list({ after: 0 }).map((seq) => seqs.indexOf(seq))).toEqual([1, 9, -1]);
  });

  test('goes on behind waiting events when there is too much, and comes back to them', async () => {
    const { history } = await open({ maxBytes: 10_000 });
    const waiting = Array.from({ length: 250 }, () =>
      newEvent({ body: Buffer.alloc(100), waitFor: [TARGET] }),
    );
    const seqs = store(history, ...waiting, newEvent({ body: Buffer.alloc(100) }));
    for (let i = 0; i < 5; i++) maintainAll(history, NOON + i * HOUR);
    expect(history.list({})).toHaveLength(250);
    attempted(history, ...seqs.slice(0, 250).map((seq) => newAttempt(seq)));
    for (let i = 5; i < 10; i++) maintainAll(history, NOON + i * HOUR);
    expect(history.list({})).toHaveLength(100);
  });

  test('a large body is dropped after a day, its event stays and can be found', async () => {
    const { history } = await open({ maxBytes: 1_000_000 });
    const message = JSON.parse(Buffer.from(textBody('holiday')).toString());
    message.data.media = { data: 'A'.repeat(400_000) };
    const body = Buffer.from(JSON.stringify(message));
    const [media = 0, waits = 0, small = 0] = store(
      history,
      newEvent({ body }),
      newEvent({ body, waitFor: [TARGET] }),
      newEvent({ at: NOON + 2 * DAY }),
    );
    maintainAll(history, NOON + 23 * HOUR);
    expect(history.event(media)?.body).toHaveLength(body.length);
    maintainAll(history, NOON + 25 * HOUR);
    expect(history.event(media)).toMatchObject({ bodyDropped: true, event: 'message' });
    expect(history.event(media)?.body).toHaveLength(0);
    expect(history.list({ search: 'holiday' })).toContain(media);
    expect(history.event(small)).not.toHaveProperty('bodyDropped');
    expect(history.event(waits)?.body).toHaveLength(body.length);
    // Its bytes do not count any more: this one fits beside the waiting one.
    const [next = 0] = store(history, newEvent({ body, at: NOON + 25 * HOUR }));
    maintainAll(history, NOON + 26 * HOUR);
    expect(history.event(next)?.body).toHaveLength(body.length);
    expect(history.list({})).toHaveLength(4);
  });

  test('much to delete goes in pieces', async () => {
    const { history } = await open();
    store(history, ...Array.from({ length: 1200 }, () => newEvent()));
    const [recent] = store(history, newEvent({ at: NOON + 8 * DAY }));
    let last = 1201;
    let calls = 0;
    for (let more = true; more; calls++) {
      more = history.maintain(NOON + 8 * DAY);
      const left = history.list({}).length;
      expect(last - left).toBeLessThanOrEqual(500);
      last = left;
    }
    expect(history.list({})).toEqual([recent]);
    expect(calls).toBeGreaterThan(3);
  });

  test('a clock that was set back does not stop it', async () => {
    const { history } = await open();
    maintainAll(history, NOON + 30 * DAY);
    const [, recent] = store(history, newEvent({ at: NOON - 8 * DAY }), newEvent());
    maintainAll(history, NOON);
    expect(history.list({})).toEqual([recent]);
  });

  test('a clock that is years ahead deletes nothing while no event comes', async () => {
    const { history } = await open();
    store(history, newEvent({ at: NOON - 6 * DAY }), newEvent());
    maintainAll(history, NOON + 3650 * DAY);
    expect(history.list({})).toHaveLength(2);
  });

  test('a clock that is years ahead while events come deletes a day of events, and a day of media', async () => {
    const { history } = await open({ maxBytes: 10_000_000 });
    const body = Buffer.alloc(300_000, 'x');
    const days = [6, 5.5, 4, 3, 2, 1, 0];
    const seqs = store(history, ...days.map((ago) => newEvent({ at: NOON - ago * DAY, body })));
    const later = NOON + 3650 * DAY;
    const [ahead] = store(history, newEvent({ at: later }));
    // A whole hour of upkeep, a call each minute.
    for (let i = 0; i < 60; i++) maintainAll(history, later + i * 60_000);
    const left = history.list({ after: 0 });
    expect(left).toEqual([...seqs.slice(2), ahead]);
    expect(left.filter((seq) => history.event(seq)?.bodyDropped)).toEqual([seqs[2]]);
  });

  test('what is above the limit of bytes goes while a sweep by age pauses', async () => {
    const { history } = await open({ maxBytes: 5000 });
    store(history, newEvent({ at: NOON - 20 * DAY }), newEvent({ at: NOON - 10 * DAY }));
    store(history, newEvent());
    maintainAll(history, NOON);
    expect(history.list({})).toHaveLength(2);
    const large = { body: Buffer.alloc(3000, 'x') };
    store(history, newEvent(large), newEvent(large));
    maintainAll(history, NOON + 60_000);
    expect(history.list({})).toHaveLength(1);
    // The next sweep comes a day later.
    maintainAll(history, NOON + DAY + 60_000);
    expect(history.list({})).toHaveLength(1);
  });
});
