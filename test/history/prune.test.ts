import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type SqliteKind, sqliteKinds } from '../../src/history/driver.ts';
import { pruneHistory } from '../../src/history/prune.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import {
  attempted,
  keep,
  maintainAll,
  NOON,
  newAttempt,
  newEvent,
  OTHER,
  TARGET,
  temporaryFolder,
  textBody,
} from './support.ts';

describe.each(await sqliteKinds())('pruning by %s', (kind: SqliteKind) => {
  const open = async () => {
    const path = join(temporaryFolder(), 'history.db');
    const history = await openHistory(path, { kind });
    onTestFinished(() => history.close());
    return { path, history };
  };

  test('deletes what was received before a time, of a chat, or all, the waiting ones too', async () => {
    const { path, history } = await open();
    const [a = 0, b = 0, c = 0] = keep(
      history,
      newEvent({ waitFor: [TARGET, OTHER] }),
      newEvent({ chat: 'b@c.us', waitFor: [TARGET] }),
      newEvent({ at: NOON + 10, waitFor: [OTHER] }),
    );
    attempted(history, newAttempt(b, { status: 500 }));
    expect(await pruneHistory(path, { before: NOON }, { kind })).toEqual({
      events: 0,
      wiped: true,
    });
    expect((await pruneHistory(path, { chat: 'b@c.us' }, { kind })).events).toBe(1);
    expect(history.event(b)).toBeNull();
    expect((await pruneHistory(path, { before: NOON + 1 }, { kind })).events).toBe(1);
    expect(history.list({}).map(({ seq }) => seq)).toEqual([c]);
    expect(history.waitingTargets(a)).toEqual([]);
    expect((await pruneHistory(path, {}, { kind })).events).toBe(1);
    expect(history.countWaiting()).toBe(0);
    expect(history.list({ failed: true })).toEqual([]);
    expect(keep(history, newEvent())[0]).toBeGreaterThan(c);
  });

  test('leaves nothing of what it deleted in the files', async () => {
    const { path, history } = await open();
    const bodies = Array.from({ length: 500 }, (_, i) => textBody(`sesame${i} open`));
    keep(history, ...bodies.map((body) => newEvent({ body, chat: 'sesame@c.us' })));
    maintainAll(history, NOON);
    expect(history.list({ search: 'sesame499' })).toHaveLength(1);
    const bytes = () => [path, `${path}-wal`].map((file) => readFileSync(file, 'latin1')).join('');
    expect(bytes()).toContain('sesame');
    expect(await pruneHistory(path, {}, { kind })).toEqual({ events: 500, wiped: true });
    expect(bytes()).not.toContain('sesame');
    expect(history.list({ search: 'sesame499' })).toEqual([]);
  });

  test('says when a reader kept the log from being emptied, or that there is no history', async () => {
    await expect(
      pruneHistory(join(temporaryFolder(), 'history.db'), {}, { kind }),
    ).rejects.toMatchObject({ code: 'no_history' });
  });
});
