import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { journalEntry } from '../listener/harness.ts';
import { type GuardPlace, guardPlace, ORIGINAL } from '../support/guard-place.ts';
import { guardsOf, isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

let at: GuardPlace;

beforeEach(async () => {
  at = await guardPlace();
});

/** The instance's folder of state. */
function folder(): string {
  const data = join(at.here.home, 'data');
  const [name = ''] = readdirSync(data);
  return join(data, name);
}

const remove = (path: string) => rmSync(path, { recursive: true, maxRetries: 5 });
const WAYS: [string, () => void][] = [
  ['its folder is removed', () => remove(folder())],
  ['the whole state is removed', () => remove(at.here.home)],
  [
    'its folder is emptied',
    () => {
      for (const name of readdirSync(folder())) remove(join(folder(), name));
    },
  ],
  [
    'its folder is replaced by an empty one',
    () => {
      const path = folder();
      remove(path);
      mkdirSync(path);
    },
  ],
];

test.each(WAYS)(
  '%s before its listener is killed: the guard restores all the same',
  async (_, lose) => {
    const listener = await at.listen();
    lose();
    listener.kill('SIGKILL');
    await at.restored();
    expect(await at.vendor.webhook()).toEqual(ORIGINAL);
  },
);

test('the journal of another takeover in a new folder is left alone, with its webhook', async () => {
  const listener = await at.listen();
  const ours = await at.vendor.webhook();
  const path = folder();
  remove(path);
  mkdirSync(path);
  const [guard = 0] = guardsOf(listener.child.pid);
  writeFileSync(join(path, 'journal.json'), JSON.stringify(journalEntry()));
  listener.kill('SIGKILL');
  await until(() => !isAlive(guard), 'the guard to end');
  expect(await at.vendor.webhook()).toEqual(ours);
});

test('its folder is removed and its guard killed: the next guard knows as much', async () => {
  const listener = await at.listen();
  const [first = 0] = guardsOf(listener.child.pid);
  remove(folder());
  // It has to have lived for a moment: one that ends at once would do so again.
  const ready = performance.now();
  await until(() => performance.now() - ready > 1100);
  process.kill(first, 'SIGKILL');
  await until(() => guardsOf(listener.child.pid).some((pid) => pid !== first), 'another guard');
  listener.kill('SIGKILL');
  await at.restored();
});

test('side by side: without its folder the guard removes the subscription', async () => {
  const listener = await at.listen('--side-by-side');
  expect(await at.vendor.subscriptions()).toHaveLength(1);
  remove(at.here.home);
  listener.kill('SIGKILL');
  await until(async () => (await at.vendor.subscriptions()).length === 0);
});
