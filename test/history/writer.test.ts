import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase, sqliteKinds } from '../../src/history/driver.ts';
import type { Batch, History } from '../../src/history/history.ts';
import { createMemoryHistory } from '../../src/history/memory.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { createWriter, type WriterOptions } from '../../src/history/writer.ts';
import { temporaryFolder } from '../support/resources.ts';
import { attempted, idsOf, newAttempt, newEvent, TARGET } from './support.ts';

const never = () => false;
const [kind] = await sqliteKinds();

/** A real history whose commits can be watched, and made to fail for some events. */
async function setUp(options: WriterOptions = {}) {
  const path = join(temporaryFolder(), 'history.db');
  const history = await openHistory(path, { kind: kind ?? 'libsql' });
  const batches: number[] = [];
  let refused: (id: string) => boolean = () => false;
  const watched: Pick<History, 'commit'> = {
    commit(batch: Batch) {
      batches.push(batch.events.length + batch.attempts.length);
      if (batch.events.some(({ id }) => refused(id))) throw new Error('disk full');
      return history.commit(batch);
    },
  };
  const troubles: (string | null)[] = [];
  const writer = createWriter(watched, {
    retryMs: 5,
    onTrouble: (error) => void troubles.push(error?.message ?? null),
    ...options,
  });
  onTestFinished(() => {
    writer.close();
    history.close();
  });
  const kept: string[] = [];
  const put = (id: string, cancelled = never) =>
    writer.event(newEvent({ id }), cancelled, () => void kept.push(id));
  return {
    path,
    history,
    writer,
    batches,
    troubles,
    kept,
    put,
    refuse: (which: (id: string) => boolean) => {
      refused = which;
    },
    stored: () => idsOf(history),
  };
}

describe('the writer', () => {
  test('commits together what arrives in one turn of the loop, and only then says so', async () => {
    const { writer, batches, kept, put, stored } = await setUp();
    for (const id of ['evt_a', 'evt_b', 'evt_c']) put(id);
    expect(kept).toEqual([]);
    await writer.flush();
    expect(kept).toEqual(['evt_a', 'evt_b', 'evt_c']);
    expect(stored()).toEqual(kept);
    expect(batches).toEqual([3]);
    put('evt_d');
    await writer.flush();
    expect(batches).toEqual([3, 1]);
  });

  test('tells each event its seq and each attempt its number', async () => {
    const { writer, history } = await setUp();
    const seqs: number[] = [];
    writer.event(newEvent(), never, (seq) => seqs.push(seq));
    await writer.flush();
    const [seq = 0] = seqs;
    expect(seq).toBe(history.lastSeq());
    const numbers = [newAttempt(seq), newAttempt(seq), newAttempt(seq, { target: 'http://b/' })];
    expect(await Promise.all(numbers.map(writer.attempt))).toEqual([1, 2, 1]);
  });

  test('an event that comes from within a callback of a commit is stored too', async () => {
    const { writer, put, kept } = await setUp();
    writer.event(newEvent(), never, () => put('evt_after'));
    await writer.flush();
    await writer.flush();
    expect(kept).toEqual(['evt_after']);
  });

  test('waits for another process without blocking, in order and without a trouble', async () => {
    const { path, writer, put, kept, stored, troubles } = await setUp();
    const other = await openDatabase(path, kind);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    put('evt_a');
    await new Promise(setImmediate);
    put('evt_b');
    await new Promise(setImmediate);
    put('evt_c');
    expect(kept).toEqual([]);
    other.exec('COMMIT');
    await writer.flush();
    expect(kept).toEqual(['evt_a', 'evt_b', 'evt_c']);
    expect(stored()).toEqual(kept);
    expect(troubles).toEqual([]);
  });

  test('an event that cannot be stored does not hold up the others, and is retried', async () => {
    const { history, writer, put, kept, refuse, troubles } = await setUp();
    const [seq = 0] = history.commit({ events: [newEvent()], attempts: [] }).seqs;
    refuse((id) => id === 'evt_bad');
    put('evt_a');
    put('evt_bad');
    put('evt_b');
    expect(await writer.attempt(newAttempt(seq))).toBe(1);
    expect(kept).toEqual(['evt_a', 'evt_b']);
    expect(troubles).toEqual(['disk full']);
    put('evt_c');
    await vi.waitFor(() => expect(kept).toEqual(['evt_a', 'evt_b', 'evt_c']));
    refuse(never);
    await writer.flush();
    expect(kept).toEqual(['evt_a', 'evt_b', 'evt_c', 'evt_bad']);
    expect(troubles).toEqual(['disk full', null]);
  });

  test('when nothing can be stored, all wait in their order, without a storm of commits', async () => {
    const { writer, put, kept, refuse, troubles, batches, stored } = await setUp({ retryMs: 20 });
    refuse(() => true);
    const ids = Array.from({ length: 50 }, (_, i) => `evt_${i}`);
    for (const id of ids) {
      put(id);
      await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(troubles).toEqual(['disk full']));
    expect(batches.length).toBeLessThan(20);
    expect(kept).toEqual([]);
    refuse(never);
    await writer.flush();
    expect(kept).toEqual(ids);
    expect(stored()).toEqual(ids);
    expect(troubles).toEqual(['disk full', null]);
  });

  test('a cancelled event is not stored, and its trouble ends with it', async () => {
    const { writer, put, kept, stored, refuse, troubles } = await setUp();
    let gone = false;
    put('evt_never', () => true);
    await writer.flush();
    refuse((id) => id === 'evt_bad');
    put('evt_bad', () => gone);
    await vi.waitFor(() => expect(troubles).toEqual(['disk full']));
    gone = true;
    await writer.flush();
    expect(kept).toEqual([]);
    expect(stored()).toEqual([]);
    expect(troubles).toEqual(['disk full', null]);
  });

  test('closing stores what it can, and rejects the attempts that it cannot store', async () => {
    const { writer, put, kept, stored } = await setUp();
    put('evt_a');
    writer.close();
    expect(kept).toEqual(['evt_a']);
    put('evt_late');
    await expect(writer.attempt(newAttempt(1))).rejects.toThrow('closed');
    await writer.flush();
    expect(stored()).toEqual(['evt_a']);
  });

  test('a memory history that is full of waiting events is trouble until one is delivered', async () => {
    const history = createMemoryHistory({ maxEvents: 1 });
    const troubles: (Error | null)[] = [];
    const writer = createWriter(history, {
      retryMs: 5,
      onTrouble: (error) => troubles.push(error),
    });
    onTestFinished(() => writer.close());
    const seqs: number[] = [];
    const put = () => writer.event(newEvent({ waitFor: [TARGET] }), never, (seq) => seqs.push(seq));
    put();
    put();
    await vi.waitFor(() => expect(troubles).toHaveLength(1));
    expect(seqs).toHaveLength(1);
    attempted(history, newAttempt(seqs[0] ?? 0));
    await writer.flush();
    expect(seqs).toHaveLength(2);
    expect(troubles[1]).toBeNull();
  });
});
