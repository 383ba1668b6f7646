import { beforeEach, expect, test } from 'vitest';
import { feedEntry } from '../../src/feed/feed.ts';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let app: App;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  app = await startApp();
  vendor = await startVendor(here, { url: `${app.url}/old`, events: 'message' });
});

test('an emitted event reaches the app with its bytes and headers, and the webhook is restored', async () => {
  const listener = here.run(['listen', `${app.url}/hook`, ...vendor.args, '--json'], vendor.env);
  const ready = await listener.entry('ready');
  expect(ready).toMatchObject({
    instanceId: '33',
    events: ['message'],
    previous: { events: ['message'] },
    targets: [{ url: `${app.url}/hook`, events: null }],
  });
  const taken = await vendor.webhook();
  expect(taken.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/webhooks\/whatsapp\/ehk_[\w-]{43}$/);
  expect(taken.events).toEqual(['message']);

  // Bytes that serialising again would change: spaces, escapes, the form of numbers.
  const body = { event: 'message', instanceId: 33, data: { message: { body: 'Grüße 🎉' } } };
  await vendor.emit({ body });
  const attempt = await listener.entry('attempt');
  const event = await listener.entry('event');
  expect(event).toMatchObject({ event: 'message', instanceId: '33', origin: 'live', body });
  expect(attempt).toMatchObject({ eventId: event.id, status: 200, number: 1, replay: false });

  const [request] = app.requests;
  expect(request?.method).toBe('POST');
  expect(request?.url).toBe('/hook');
  expect(request?.body.toString()).toBe(JSON.stringify(body));
  expect(request?.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'WaAPI Webhook User Agent',
    'x-eazewa-hooks-event': event.id,
    'x-eazewa-hooks-attempt': '1',
    'x-eazewa-hooks-replay': 'false',
  });

  listener.kill('SIGTERM');
  const { code, stderr } = await listener.exit;
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(await vendor.webhook()).toEqual({ url: `${app.url}/old`, events: ['message'] });
  const entries = listener.entries();
  for (const entry of entries) expect(feedEntry.safeParse(entry).error).toBeUndefined();
  expect(entries.map(({ type }) => type)).toEqual([
    'tunnel',
    'webhook',
    'ready',
    'event',
    'attempt',
    'webhook',
    'stopped',
  ]);
  expect(entries.at(-1)).toMatchObject({ received: 1, forwarded: 1, failed: 0, restored: true });
});

test('a target without a path gets the path of the original webhook', async () => {
  const listener = here.run(['listen', String(app.port), ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  await listener.entry('attempt');
  expect(app.requests[0]?.url).toBe('/old');
});

test('events and their attempts can be listed, shown and exported, while it runs and afterwards', async () => {
  const listener = here.run(['listen', `${app.url}/hook`, ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  const { eventId } = await listener.entry('attempt');

  const show = await here.run(['events', 'show', eventId.slice(0, 10)]).exit;
  expect(show.stdout).toContain(eventId);
  expect(show.stdout).toContain('WaAPI Webhook User Agent');
  expect(show.stdout).toMatch(/attempt 1 .* POST http:\/\/127\.0\.0\.1:\d+\/hook 200/);

  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  const list = await here.run(['events']).exit;
  expect(list.stdout).toMatch(new RegExp(`${eventId} {2}✓ 200 message 12025550142: "Good`));
  const raw = await here.run(['events', 'show', 'last', '--raw']).exit;
  expect(raw.stdout).toBe(app.requests[0]?.body.toString());
  const exported = await here.run(['events', 'export', '--attempts']).exit;
  const lines = exported.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map((line) => feedEntry.parse(line).type)).toEqual(['event', 'attempt']);
});

test('status names the webhook, the client and who holds the instance', async () => {
  const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  const running = await here.run(['status'], vendor.env).exit;
  expect(running.stdout).toContain(`process ${listener.child.pid}`);
  expect(running.stdout).toContain('ready');
  expect(running.stdout).toContain('/webhooks/whatsapp/***');
  listener.kill('SIGTERM');
  await listener.exit;
  const after = await here.run(['status', '--json', ...vendor.args.slice(0, 4)], vendor.env).exit;
  expect(JSON.parse(after.stdout)).toMatchObject({
    takeover: 'none',
    webhook: { url: `${app.url}/old`, events: ['message'] },
  });
});

test('several targets and routes each get what is theirs', async () => {
  const other = await startApp();
  const args = ['listen', `${app.url}/all`, '--route', `message_*=${other.url}/some`, '-e', 'all'];
  const listener = here.run([...args, ...vendor.args, '--json', '--max-events', '2'], vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  await vendor.emit({ fixture: 'message_ack.read' });
  expect((await listener.exit).code).toBe(0);
  expect(app.requests.map(({ url }) => url)).toEqual(['/all', '/all']);
  expect(other.requests.map(({ url }) => url)).toEqual(['/some']);
});

test('an API token, a path token and the secrets of urls stand nowhere in what is printed', async () => {
  const secret = 'Zk81jQ0vT5nB7xR2yLw9aPqM3dEfGhJ4';
  const env = { ...vendor.env, EAZEWA_WEBHOOK_TOKEN: secret };
  const target = `http://me:hunter2@127.0.0.1:${app.port}/hook?key=${secret}`;
  const listener = here.run(['listen', target, ...vendor.args, '--json', '--full'], env);
  await listener.entry('ready');
  expect((await vendor.webhook()).url).toMatch(new RegExp(`/ehk_${secret}$`));
  await vendor.emit({ fixture: 'message.chat' });
  await listener.entry('attempt');
  expect(app.requests[0]?.headers.authorization).toBe(`Basic ${btoa('me:hunter2')}`);
  const shown = await here.run(['events', 'show', 'last']).exit;
  listener.kill('SIGTERM');
  const { stdout, stderr } = await listener.exit;
  for (const text of [stdout, stderr, shown.stdout, shown.stderr]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(vendor.env.EAZEWA_API_TOKEN);
  }
});
