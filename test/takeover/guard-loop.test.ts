import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guardMemory } from '../../src/takeover/guard/memory.ts';
import type { GuardReport } from '../../src/takeover/guard/report.ts';
import { restoreUntilDone } from '../../src/takeover/guard/restore-loop.ts';
import { fileJournal, journalPath } from '../../src/takeover/journal.ts';
import { tryLock } from '../../src/takeover/lock.ts';
import { between, clientOf, INSTANCE, journalEntry, simulator } from '../listener/harness.ts';
import { temporaryFolder } from '../support/resources.ts';
import { ORIGINAL, OURS, PATH_TOKEN, SECOND } from './harness.ts';

const ENTRY = journalEntry({ original: ORIGINAL, ours: OURS, pathToken: PATH_TOKEN });

/** A guard whose listener has crashed, at a simulator; time passes where the guard pauses. */
async function crashed({ isLocal = false } = {}) {
  const vendor = await simulator(OURS);
  const api = await between(vendor.apiUrl);
  const folder = temporaryFolder();
  (await tryLock(folder))?.();
  const journal = fileJournal(folder);
  await journal.write(ENTRY);
  const memory = await guardMemory({ ...ENTRY, folder });
  memory.hear(JSON.stringify(ENTRY));
  const reports: Pick<GuardReport, 'outcome' | 'tries' | 'error'>[] = [];
  let time = 0;
  /** Called before each pause. */
  let onPause = async () => {};
  const direct = clientOf(vendor.apiUrl);
  return {
    api,
    vendor,
    folder,
    journal,
    reports,
    passed: () => time,
    onPause(work: () => Promise<void>) {
      onPause = work;
    },
    memory,
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    change: (webhook: typeof ORIGINAL) => direct.updateWebhook(INSTANCE, webhook),
    run: () =>
      restoreUntilDone({
        ...ENTRY,
        client: clientOf(api.apiUrl),
        journal: memory,
        lock: () => tryLock(folder).catch(() => () => {}),
        report: async (told) => reports.push(told),
        isLocal,
        clock: {
          monotonic: () => time,
          async pause(ms) {
            await onPause();
            time += ms;
          },
          timeout: () => new AbortController().signal,
        },
        now: Date.now,
      }),
  };
}

const last = <T>(all: readonly T[]): T | undefined => all.at(-1);

test('a folder that is removed between two attempts does not end the guard', async () => {
  const here = await crashed();
  here.api.disturb(() => ({ status: 500 }));
  here.onPause(async () => {
    rmSync(here.folder, { recursive: true, force: true });
    here.api.disturb(() => null);
  });
  await here.run();
  expect(await here.current()).toEqual(ORIGINAL);
  expect(last(here.reports)).toMatchObject({ outcome: 'restored', tries: 2 });
});

test('a journal that another listener writes into the folder meanwhile stays', async () => {
  const here = await crashed();
  rmSync(here.folder, { recursive: true, force: true });
  const others = { ...ENTRY, since: '2026-11-23T09:00:00.000Z' };
  here.api.disturb(async ({ method }) => {
    if (method === 'PUT') {
      mkdirSync(here.folder);
      await here.journal.write(others);
    }
    return null;
  });
  await here.run();
  expect(await here.journal.read()).toEqual(others);
});

test('a journal that `restore` has removed is settled', async () => {
  const here = await crashed();
  here.api.disturb(() => ({ status: 500 }));
  here.onPause(async () => {
    await here.change(SECOND);
    await here.journal.remove();
    here.api.disturb(() => null);
  });
  await here.run();
  expect(last(here.reports)).toMatchObject({ outcome: 'left', tries: 1 });
  expect(await here.current()).toEqual(SECOND);
});

test('an original that `webhook set` has changed after the crash is restored, also without its folder', async () => {
  const here = await crashed();
  await here.journal.write({ ...ENTRY, original: SECOND });
  here.api.disturb(() => ({ status: 500 }));
  here.onPause(async () => {
    rmSync(here.folder, { recursive: true, force: true });
    here.api.disturb(() => null);
  });
  await here.run();
  expect(await here.current()).toEqual(SECOND);
});

test('an original that a command has changed after the guard wrote the other one is restored, however late', async () => {
  const here = await crashed();
  let isWritten = false;
  here.api.disturb(({ method }) => {
    if (method === 'PUT') isWritten = true;
    return isWritten && method === 'GET' ? { status: 500 } : null;
  });
  const original = { ...ORIGINAL, events: ['call'] };
  here.onPause(async () => {
    if (here.passed() < 20_000) return;
    const at = new Date().toISOString();
    await here.journal.write({ ...ENTRY, at, original, older: [ORIGINAL] });
    here.api.disturb(() => null);
    here.onPause(async () => {});
  });
  await here.run();
  expect(last(here.reports)).toMatchObject({ outcome: 'restored' });
  expect(await here.current()).toEqual(original);
});

test('what the listener told last counts where a full disk has kept it out of the file', async () => {
  const here = await crashed();
  const at = '2026-11-23T08:00:05.000Z';
  here.memory.hear(JSON.stringify({ ...ENTRY, at, original: SECOND }));
  here.memory.hear('{"v":1,"step":"se');
  await here.run();
  expect(await here.current()).toEqual(SECOND);
});

test('a journal that cannot be read does not keep the guard from restoring', async () => {
  const here = await crashed();
  writeFileSync(journalPath(here.folder), '{');
  await here.run();
  expect(await here.current()).toEqual(ORIGINAL);
  expect(last(here.reports)).toMatchObject({ outcome: 'restored', tries: 1 });
});

test('a journal that cannot be removed ends the guard all the same, and its report says so', async () => {
  const here = await crashed();
  const path = journalPath(here.folder);
  here.api.disturb(({ method }) => {
    if (method === 'PUT') {
      // A folder in its place cannot be removed like a file.
      rmSync(path, { recursive: true });
      mkdirSync(path);
      writeFileSync(`${path}/x`, '');
    }
    return null;
  });
  await here.run();
  expect(await here.current()).toEqual(ORIGINAL);
  expect(last(here.reports)).toMatchObject({
    outcome: 'restored',
    tries: 1,
    error: expect.stringContaining('cannot be removed'),
  });
});

test('a webhook that somebody else has set is restored where a late request of ours overwrites it', async () => {
  const here = await crashed();
  const entry = { ...ENTRY, doubtAt: new Date().toISOString() };
  await here.journal.write(entry);
  await here.change(SECOND);
  const remembered: unknown[] = [];
  here.onPause(async () => {
    remembered.push(await here.journal.read());
    if (remembered.length === 1) await here.change(OURS);
  });
  await here.run();
  expect(remembered[0]).toMatchObject({ original: SECOND, before: ORIGINAL });
  expect(await here.current()).toEqual(SECOND);
  expect(last(here.reports)).toMatchObject({ outcome: 'restored' });
});

test('an API on this machine that refuses connections for a minute has ended, and so does the guard', async () => {
  const here = await crashed({ isLocal: true });
  await here.api.close();
  await here.run();
  expect(here.passed()).toBeGreaterThanOrEqual(60_000);
  expect(here.passed()).toBeLessThan(130_000);
  expect(last(here.reports)).toMatchObject({
    outcome: 'gave-up',
    error: expect.stringMatching(/ECONNREFUSED.*for a minute/),
  });
  expect(await here.journal.read()).toEqual(ENTRY);
});

test.each([true, false])(
  'another failure, or that of another host, is retried for longer (local: %s)',
  async (isLocal) => {
    const here = await crashed({ isLocal });
    if (isLocal) here.api.disturb(() => 'cut');
    else await here.api.close();
    here.onPause(async () => {
      if (here.passed() > 5 * 60_000) await here.journal.remove();
    });
    await here.run();
    expect(here.passed()).toBeGreaterThan(5 * 60_000);
    expect(last(here.reports)).toMatchObject({ outcome: 'left' });
  },
);
