import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { journalEntry } from '../listener/harness.ts';
import { guardsOf, isAlive } from '../support/processes.ts';
import type { Place, Program } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };

let here: Place;
let vendor: Vendor;
let listener: Program;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
});

async function listen(...more: string[]): Promise<void> {
  listener = here.run(['listen', ...vendor.args, '--json', ...more], vendor.env);
  await listener.entry('ready');
}

/** The instance's folder of state. */
function folder(): string {
  const data = join(here.home, 'data');
  const [name = ''] = readdirSync(data);
  return join(data, name);
}

const remove = (path: string) => rmSync(path, { recursive: true, maxRetries: 5 });
const restored = () =>
  until(async () => (await vendor.webhook()).url === OLD.url, 'the webhook to be the original');

const WAYS: [string, () => void][] = [
  ['its folder is removed', () => remove(folder())],
  ['the whole state is removed', () => remove(here.home)],
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
    await listen();
    lose();
    listener.kill('SIGKILL');
    await restored();
    expect(await vendor.webhook()).toEqual(OLD);
  },
);

test('the journal of another takeover in a new folder is left alone, with its webhook', async () => {
  await listen();
  const ours = await vendor.webhook();
  const path = folder();
  remove(path);
  mkdirSync(path);
  const [guard = 0] = guardsOf(listener.child.pid);
  writeFileSync(join(path, 'journal.json'), JSON.stringify(journalEntry()));
  listener.kill('SIGKILL');
  await until(() => !isAlive(guard), 'the guard to end');
  expect(await vendor.webhook()).toEqual(ours);
});

test('its folder is removed and its guard killed: the next guard knows as much', async () => {
  await listen();
  const [first = 0] = guardsOf(listener.child.pid);
  remove(folder());
  // It has to have lived for a moment: one that ends at once would do so again.
  const ready = performance.now();
  await until(() => performance.now() - ready > 1100);
  process.kill(first, 'SIGKILL');
  await until(() => guardsOf(listener.child.pid).some((pid) => pid !== first), 'another guard');
  listener.kill('SIGKILL');
  await restored();
});

test('side by side: without its folder the guard removes the subscription', async () => {
  await listen('--side-by-side');
  expect(await vendor.subscriptions()).toHaveLength(1);
  remove(here.home);
  listener.kill('SIGKILL');
  await until(async () => (await vendor.subscriptions()).length === 0);
});
