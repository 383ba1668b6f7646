import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { between } from '../listener/harness.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OWN = { url: 'https://bot.customer.example/hook', events: ['message', 'qr'] };
const TUNNEL = `https://abc.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`;

let here: Place;
let vendor: Vendor;

/** An instance whose own webhook this machine has seen, and which another machine has left at a tunnel. */
beforeEach(async () => {
  here = place();
  vendor = await startVendor(here);
  await vendor.setWebhook(OWN.url, OWN.events);
  const replace = ['--replace', 'bot.customer.example', '--json'];
  const listener = here.run(['listen', ...vendor.args, ...replace], vendor.env);
  await listener.entry('ready');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  await vendor.setWebhook(TUNNEL, ['message']);
});

const restore = (...more: string[]) =>
  here.run(['restore', '--own', '-i', '33', '--api-url', vendor.apiUrl, ...more], vendor.env).exit;

test('restore --own gives the instance its own webhook, with no trace of a listener', async () => {
  const { code, stdout } = await restore();
  expect(code).toBe(0);
  expect(stdout).toBe(
    'Instance 33: its own webhook is restored: https://bot.customer.example/hook (message, qr)\n',
  );
  expect(await vendor.webhook()).toEqual(OWN);
  expect((await restore()).stdout).toContain('is set already');
});

test('the own webhook is the one that a command of this machine has set last', async () => {
  const url = 'https://new.customer.example/hook';
  const set = ['webhook', 'set', url, '-i', '33', '--api-url', vendor.apiUrl, '-e', 'call'];
  expect((await here.run([...set, '--replace', 'abc.ngrok.app'], vendor.env).exit).code).toBe(0);
  await vendor.setWebhook(TUNNEL, ['message']);
  expect((await restore()).code).toBe(0);
  expect(await vendor.webhook()).toEqual({ url, events: ['call'] });
});

test('after a crash it is written even where a read shows it, because that read may be old', async () => {
  const replace = ['--replace', 'abc.ngrok.app', '--json', '--no-guard'];
  const listener = here.run(['listen', ...vendor.args, ...replace], vendor.env);
  await listener.entry('ready');
  listener.kill('SIGKILL');
  await listener.exit;
  await vendor.setWebhook(OWN.url, OWN.events);
  expect((await restore()).stdout).toContain('its own webhook is restored');
  expect(await vendor.webhook()).toEqual(OWN);
  expect((await restore()).stdout).toContain('is set already');
});

test('restore --own --list changes nothing', async () => {
  const { stdout } = await restore('--list', '--json');
  expect(JSON.parse(stdout)).toEqual({ instanceId: '33', outcome: 'left', webhook: OWN });
  expect((await vendor.webhook()).url).toBe(TUNNEL);
});

test('a webhook that somebody has set is replaced only when its host is named', async () => {
  const theirs = { url: 'https://new.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const refused = await restore('--yes');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--replace new.customer.example');
  expect(await vendor.webhook()).toEqual(theirs);
  expect((await restore('--replace', 'new.customer.example')).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OWN);
});

test('a protected instance is left alone', async () => {
  mkdirSync(join(here.home, 'config'), { recursive: true });
  writeFileSync(join(here.home, 'config', 'config.json'), '{"protectedInstances": [33]}');
  expect((await restore()).code).toBe(2);
  expect((await vendor.webhook()).url).toBe(TUNNEL);
});

test('while a listener of this machine holds the instance, it is left alone', async () => {
  const listener = here.run(
    ['listen', ...vendor.args, '--replace', 'abc.ngrok.app', '--json'],
    vendor.env,
  );
  const { webhookUrl } = await listener.entry('ready');
  const refused = await restore('--replace', '127.0.0.1');
  expect(refused.code).toBe(18);
  expect(refused.stderr).toContain(`process ${listener.child.pid}`);
  expect(webhookUrl).toContain('***');
  listener.kill('SIGINT');
  // It found another listener's tunnel, and restores the own webhook instead.
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OWN);
});

test('a vendor that does not accept it leads to 20 and the command to try again', async () => {
  await vendor.fault({ kind: 'status', status: 500, count: 100, method: 'PUT' });
  const { code, stderr } = await restore();
  expect(code).toBe(20);
  expect(stderr).toContain('eazewa-hooks restore --own -i 33');
});

test('a webhook that somebody sets between two attempts stays', async () => {
  const theirs = { url: 'https://new.customer.example/hook', events: ['message'] };
  const api = await between(vendor.apiUrl);
  const args = vendor.args.map((arg) => (arg === vendor.apiUrl ? api.apiUrl : arg));
  await vendor.setWebhook(OWN.url, OWN.events);
  const replace = ['--replace', 'bot.customer.example', '--for', '1ms', '--json'];
  expect((await here.run(['listen', ...args, ...replace], vendor.env).exit).code).toBe(0);
  await vendor.setWebhook(TUNNEL, ['message']);
  let puts = 0;
  api.disturb(async ({ method }) => {
    if (method !== 'PUT' || ++puts > 1) return null;
    await vendor.setWebhook(theirs.url, theirs.events);
    return { status: 500 };
  });
  const { code, stderr } = await restore('--api-url', api.apiUrl);
  expect(code).toBe(20);
  expect(stderr).toContain('Somebody else has just changed the webhook');
  expect(await vendor.webhook()).toEqual(theirs);
});

test('an instance of which nothing is remembered leads to 12', async () => {
  for (const name of readdirSync(join(here.home, 'config', 'own-webhooks'))) {
    writeFileSync(join(here.home, 'config', 'own-webhooks', name), '');
  }
  expect((await restore()).code).toBe(13);
  const unknown = await here.run(
    ['restore', '--own', '-i', '34', '--api-url', vendor.apiUrl],
    vendor.env,
  ).exit;
  expect(unknown.code).toBe(12);
  expect(unknown.stderr).toContain('webhook set <url> -i 34');
});

test('--replace without --own is refused', async () => {
  const { code } = await here.run(['restore', '--replace', 'x.example'], vendor.env).exit;
  expect(code).toBe(2);
});
