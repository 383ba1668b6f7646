import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { between } from '../listener/harness.ts';
import { type App, startApp } from '../support/app.ts';
import type { Place, Program } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let own: App;
let app: App;
let vendor: Vendor;
/** What the program asks of the vendor goes through here. */
let api: Awaited<ReturnType<typeof between>>;

beforeEach(async () => {
  here = place();
  [own, app] = [await startApp(), await startApp()];
  vendor = await startVendor(here, { url: `${own.url}/production`, events: 'message' });
  api = await between(vendor.apiUrl);
});
afterEach(async () => {
  // The instance's own webhook is never written, whatever happened.
  expect(api.asked.filter(({ method }) => method === 'PUT')).toEqual([]);
  expect(await vendor.webhook()).toEqual({ url: `${own.url}/production`, events: ['message'] });
});

const run = (command: string, ...args: string[]): Program =>
  here.run([command, ...args, '--api-url', api.apiUrl, '-i', '33'], vendor.env);
const listen = (...args: string[]): Program =>
  run('listen', '--tunnel', 'none', '--side-by-side', ...args);
const journals = () =>
  readdirSync(join(here.home, 'data'), { recursive: true }).filter((name) =>
    String(name).endsWith('journal.json'),
  );

/** A listener that was killed, and left its subscription. */
async function killed(...args: string[]): Promise<void> {
  const listener = listen('--json', ...args);
  await listener.entry('ready');
  expect(await vendor.subscriptions()).toHaveLength(1);
  listener.kill('SIGKILL');
  await listener.exit;
}

test('the app and the own webhook both get each event, and only the subscription goes at the end', async () => {
  const listener = listen(`${app.url}/hook`, '--json');
  const ready = await listener.entry('ready');
  expect(ready).toMatchObject({
    events: ['message'],
    previous: { url: `${own.url}/production`, events: ['message'] },
    sideBySide: true,
  });
  expect(await vendor.subscriptions()).toMatchObject([
    { url: expect.stringContaining('/webhooks/whatsapp/'), events: ['message'] },
  ]);

  const body = { event: 'message', instanceId: 33, data: { message: { body: 'Grüße 🎉' } } };
  await vendor.emit({ body });
  await Promise.all([own.received(1), app.received(1), listener.entry('attempt')]);
  for (const { requests } of [own, app]) {
    expect(requests.map((request) => request.body.toString())).toEqual([JSON.stringify(body)]);
  }
  expect(own.requests[0]?.headers).not.toHaveProperty('x-eazewa-hooks-event');
  expect(app.requests[0]?.headers).toHaveProperty('x-eazewa-hooks-event');

  const status = await run('status').exit;
  expect(status.stdout).toContain('a side-by-side subscription; the webhook is untouched');
  expect(status.stdout).not.toContain('changed elsewhere');

  listener.kill('SIGINT');
  expect(await listener.exit).toMatchObject({ code: 0, stderr: '' });
  expect(listener.entries().at(-2)).toMatchObject({
    type: 'webhook',
    state: 'restored',
    sideBySide: true,
  });
  expect(await vendor.subscriptions()).toEqual([]);
  expect(journals()).toEqual([]);
});

test('lines of text say that the webhook is untouched, and that the subscription is removed', async () => {
  const listener = listen('--events', 'qr,call');
  await listener.said('is untouched; Ctrl-C removes the subscription');
  expect(await vendor.subscriptions()).toMatchObject([{ events: ['qr', 'call'] }]);
  listener.kill('SIGINT');
  const { code, stderr } = await listener.exit;
  expect(code).toBe(0);
  expect(stderr).toContain('the subscription is removed');
  expect(stderr).not.toContain('back');
});

test('after kill -9 other commands say what is left, and restore removes it', async () => {
  await killed('--no-guard');
  const status = await run('status').exit;
  expect(status.stderr).toContain('left the side-by-side subscription of instance 33');
  expect(status.stdout).toContain('left behind by a crashed listener');

  const listed = await here.run(['restore', '--list'], vendor.env).exit;
  expect(listed.stdout).toContain('Instance 33: its subscription would be removed');
  expect(await vendor.subscriptions()).toHaveLength(1);

  const restored = await here.run(['restore'], vendor.env).exit;
  expect(restored).toMatchObject({ code: 0 });
  expect(restored.stdout).toContain('Instance 33: its subscription is removed');
  expect(restored.stdout).toContain('/webhooks/whatsapp/***');
  expect(await vendor.subscriptions()).toEqual([]);
  expect(journals()).toEqual([]);
  expect(api.short()).toContain('DELETE');
});

test('after kill -9 its guard removes the subscription', async () => {
  await killed();
  await until(async () => (await vendor.subscriptions()).length === 0, 'no subscription');
  await until(() => journals().length === 0, 'no journal');
  const summary = 'its guard removed its subscription';
  await until(async () => (await run('status').exit).stdout.includes(summary), summary);
});

test('after kill -9 the next listener removes the subscription before it adds its own', async () => {
  await killed('--no-guard');
  const [left] = await vendor.subscriptions();
  const listener = listen('--json');
  await listener.entry('ready');
  const [subscription, ...more] = await vendor.subscriptions();
  expect(subscription?.id).not.toBe(left?.id);
  expect(more).toEqual([]);
  expect(listener.entries().some(({ code }) => code === 'crashed_listener')).toBe(true);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.subscriptions()).toEqual([]);
});

test('restore with a refused API token ends with 10, keeps the journal, and can be run again', async () => {
  await killed('--no-guard');
  await vendor.fault({ kind: 'status', status: 401, method: 'DELETE' });
  const refused = await here.run(['restore'], vendor.env).exit;
  expect(refused.code).toBe(10);
  expect(journals()).toHaveLength(1);
  expect((await here.run(['restore'], vendor.env).exit).code).toBe(0);
  expect(await vendor.subscriptions()).toEqual([]);
});

test('the built-in simulator has it, too', async () => {
  const args = ['--simulate', '--side-by-side', '--speed', '100', '--max-events', '2', '--json'];
  const { code, stderr } = await here.run(['listen', ...args]).exit;
  expect({ code, stderr: stderr.split('\n').filter((line) => line.startsWith('✗')) }).toEqual({
    code: 0,
    stderr: [],
  });
});
