import { beforeEach, expect, test } from 'vitest';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

const COUNT = 5000;

let here: Place;
beforeEach(() => {
  here = place();
});

test('a reader of stdout that stops holds up nothing; what it missed is counted and in history', async () => {
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  listener.child.stdout.pause();
  await vendor.emit({ fixture: 'message.chat', count: COUNT, rate: 2500 });
  const deliveries = await vendor.deliveries();
  expect(deliveries).toHaveLength(COUNT);
  expect(deliveries.filter(({ status, attempts }) => status !== 200 || attempts !== 1)).toEqual([]);
  listener.child.stdout.resume();
  await listener.entry('warning', ({ code }) => code === 'entries_dropped');
  listener.kill('SIGTERM');
  const { code } = await listener.exit;
  expect(code).toBe(0);

  const entries = listener.entries();
  const shown = entries.filter(({ type }) => type === 'event').length;
  const dropped = entries
    .filter((entry) => entry.code === 'entries_dropped')
    .reduce((sum, { message }) => sum + Number.parseInt(message, 10), 0);
  expect(dropped).toBeGreaterThan(0);
  expect(shown + dropped).toBe(COUNT);
  expect(entries.at(-1)).toMatchObject({ type: 'stopped', received: COUNT });
  const exported = await here.run(['events', 'export']).exit;
  expect(exported.stdout.split('\n')).toHaveLength(COUNT + 1);
});

test('a reader that never comes back does not keep the listener from leaving', async () => {
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  listener.child.stdout.pause();
  await vendor.emit({ fixture: 'message.chat', count: COUNT, rate: 2500 });
  const left = new Promise((resolve) => listener.child.once('exit', resolve));
  listener.kill('SIGTERM');
  expect(await left).toBe(0);
  expect((await vendor.webhook()).url).toBe('http://127.0.0.1:9/old');
});
