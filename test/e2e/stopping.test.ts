import { beforeEach, expect, test } from 'vitest';
import type { Place } from '../support/program.ts';
import { startProxy } from '../support/proxy.ts';
import { app, place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message', 'qr'] };

let here: Place;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url, events: OLD.events.join() });
});

const listen = (...more: string[]) =>
  here.run(['listen', ...vendor.args, '--json', ...more], vendor.env);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s puts the webhook back and ends with 0',
  async (signal) => {
    const listener = listen();
    await listener.entry('ready');
    listener.kill(signal);
    expect((await listener.exit).code).toBe(0);
    expect(await vendor.webhook()).toEqual(OLD);
    expect(listener.entries().slice(-2)).toMatchObject([
      { type: 'webhook', state: 'restored' },
      { type: 'stopped', restored: true },
    ]);
  },
);

test('one Ctrl-C that arrives twice, as under npm, is one', async () => {
  const listener = listen();
  await listener.entry('ready');
  listener.kill('SIGINT');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('the end of --for is like a signal', async () => {
  const listener = listen('--for', '300ms');
  expect((await listener.exit).code).toBe(0);
  expect(listener.entries().some(({ type }) => type === 'ready')).toBe(true);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('a stdout that is closed by its reader is like a signal', async () => {
  const listener = listen();
  await listener.entry('ready');
  listener.child.stdout.destroy();
  // The pipe breaks at the next line that is written to it.
  await vendor.emit({ fixture: 'message.chat' });
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('a vendor that is away at the end is asked again; a second signal leaves at once and names the command', async () => {
  const listener = listen();
  await listener.entry('ready');
  vendor.program.kill('SIGSTOP');
  try {
    listener.kill('SIGTERM');
    const began = performance.now();
    // The second one counts a second after the first: sent until it does.
    const again = setInterval(() => listener.kill('SIGTERM'), 100);
    const { code, stderr } = await listener.exit;
    clearInterval(again);
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(code).toBe(20);
    expect(stderr).toContain('eazewa-hooks restore');
  } finally {
    vendor.program.kill('SIGCONT');
  }
  expect((await here.run(['restore'], vendor.env).exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('without a guard, a second signal waits and says for what; a third leaves at once', async () => {
  const listener = listen('--no-guard');
  await listener.entry('ready');
  vendor.program.kill('SIGSTOP');
  try {
    listener.kill('SIGINT');
    // A signal counts a second after the one before: sent until it does.
    const again = setInterval(() => listener.kill('SIGINT'), 100);
    const { message } = await listener.entry('warning', ({ code }) => code === 'release_waits');
    expect(message).toContain('no guard would restore it: waiting for up to');
    const { code, stderr } = await listener.exit;
    clearInterval(again);
    expect(code).toBe(130);
    expect(stderr).toContain('Restore it with: eazewa-hooks restore');
    expect(stderr).not.toContain('guard');
  } finally {
    vendor.program.kill('SIGCONT');
  }
  expect((await here.run(['restore'], vendor.env).exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('a second signal after the release leaves at once, and speaks of no guard', async () => {
  const silent = await app(() => {});
  const listener = listen(silent.url);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  await silent.received(1);
  listener.kill('SIGTERM');
  await listener.entry('webhook', ({ state }) => state === 'restored');
  const again = setInterval(() => listener.kill('SIGTERM'), 100);
  const { code, stderr } = await listener.exit;
  clearInterval(again);
  expect({ code, stderr }).toEqual({ code: 143, stderr: '\nExited at once.\n' });
  expect(await vendor.webhook()).toEqual(OLD);
});

test('Ctrl-C while the vendor does not answer the first question ends at once, with nothing changed', async () => {
  const silent = await app(() => {});
  const args = ['--api-url', `${silent.url}/api/v1`, '-i', '33', '--json'];
  const listener = here.run(['listen', ...args], vendor.env);
  await silent.received(1);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
});

// The four questions of a start: read, write back, set, read back.
test.each(
  [1, 2, 3, 4].flatMap((nth) => [[nth, 'arrives'] as const, [nth, 'is answered'] as const]),
)('SIGTERM when question %i of the start %s leaves the webhook as it was', async (nth, moment) => {
  const between = await startProxy(vendor.apiUrl, { nth, moment });
  const args = ['--api-url', between.apiUrl, '-i', '33', '--json'];
  const listener = here.run(['listen', ...args], vendor.env);
  await between.reached;
  listener.kill('SIGTERM');
  between.goOn();
  const { code, stderr } = await listener.exit;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await vendor.webhook()).toEqual(OLD);
  await between.close();
});

test('the webhook that somebody else set meanwhile is left as it is', async () => {
  const listener = listen();
  await listener.entry('ready');
  const theirs = { url: 'http://127.0.0.1:9/theirs', events: ['call'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  listener.kill('SIGTERM');
  expect((await listener.exit).code).toBe(0);
  expect(listener.entries().find(({ code }) => code === 'webhook_changed')).toBeDefined();
  expect(await vendor.webhook()).toEqual(theirs);
});
