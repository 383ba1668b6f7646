import { afterEach, beforeEach, expect, test } from 'vitest';
import { forwardedHeaders } from '../../src/delivery/headers.ts';
import { type App, startApp } from '../support/app.ts';
import { type Place, type Program, place } from '../support/program.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

/** What the instance's own webhook is subscribed to. */
const OWN = ['message', 'qr'];

let here: Place;
let vendor: Vendor;
let app: App;
let original: App;
let listener: Program;

beforeEach(async () => {
  here = place();
  // An app that never answers.
  app = await startApp(() => {});
  original = await startApp();
  vendor = await startVendor(here, { url: `${original.url}/hook`, events: OWN.join() });
});
afterEach(async () => {
  await here.clean();
  await Promise.all([app.close(), original.close()]);
});

async function listen(...more: string[]): Promise<void> {
  const args = ['listen', `${app.port}/hook`, ...vendor.args, '--tee', '--json', ...more];
  listener = here.run(args, vendor.env);
  await listener.entry('ready');
}

const emit = (fixture: string) => vendor.emit({ fixture });
const warning = (code: string) => listener.entry('warning', (entry) => entry.code === code);
const named = (request: { body: Buffer }) => JSON.parse(String(request.body)).event;

test('the original webhook gets what it was subscribed to, byte for byte as the vendor sent it', async () => {
  // As it is without a listener.
  await emit('message.chat');
  await original.received(1);
  await listen('--events', 'message,message_create');
  const ready = await listener.entry('ready');
  expect(ready.events).toEqual(['message', 'message_create', 'qr']);
  expect(ready.tee).toBe(`${original.url}/hook`);

  for (const fixture of [
    'message_create.sent',
    'message.chat',
    'qr.fresh',
    'message_create.sent',
  ]) {
    await emit(fixture);
  }
  await original.received(3);
  await listener.entry(
    'event',
    () => listener.entries().filter(({ type }) => type === 'event').length === 4,
  );
  await app.received(1);
  const [direct, ...teed] = original.requests;
  expect(teed.map(named).sort()).toEqual(['message', 'qr']);
  for (const { url, rawHeaders, body } of teed) {
    expect(url).toBe('/hook');
    // Of the vendor's own request, but for those of a connection, and nothing of ours.
    expect(forwardedHeaders(rawHeaders, [])).toEqual(
      forwardedHeaders(direct?.rawHeaders ?? [], []),
    );
    const kept = listener
      .entries()
      .find(({ type, event }) => type === 'event' && event === named({ body }));
    const { stdout } = await here.run(
      ['events', 'show', String(kept?.id), '--raw', '-i', '33', '--api-url', vendor.apiUrl],
      vendor.env,
    ).exit;
    expect(stdout).toBe(String(body));
  }

  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual({ url: `${original.url}/hook`, events: OWN });
});

test('what only the original wants is kept and shown, and not sent to the app', async () => {
  await listen('--events', 'message_create');
  await emit('qr.fresh');
  await original.received(1);
  await emit('message_create.sent');
  await app.received(1);
  expect(app.requests.map(named)).toEqual(['message_create']);
  listener.kill('SIGINT');
  const { stdout } = await listener.exit;
  expect(stdout).toContain('"event":"qr"');
  // Of the event that the app did not answer nothing is known; the other one never waited for it.
  expect(listener.entries().at(-1)).toMatchObject({ type: 'stopped', received: 2, waiting: 0 });
});

test('what the original webhook did not get is told, at the moment and at the end', async () => {
  await original.close();
  await listen();
  await emit('message.chat');
  const failing = await warning('tee_failing');
  expect(failing.message).toContain('connection refused');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  const event = await listener.entry('event');
  expect((await warning('tee_unsent')).message).toContain(`1 event: message [${event.id}]`);
  expect(listener.entries().at(-1)?.type).toBe('stopped');
});

test('events that are subscribed to for good while it runs reach the original as well', async () => {
  await listen();
  const args = ['subscribe', 'message_ack', '-i', '33', '--api-url', vendor.apiUrl];
  expect((await here.run(args, vendor.env).exit).code).toBe(0);
  await emit('message_ack.read');
  await original.received(1);
  expect(original.requests.map(named)).toEqual(['message_ack']);
  // The url too may be changed meanwhile; what it is subscribed to comes along.
  const other = await startApp();
  const set = [
    'webhook',
    'set',
    `${other.url}/new`,
    '--events',
    'call',
    '-i',
    '33',
    '--api-url',
    vendor.apiUrl,
  ];
  expect((await here.run(set, vendor.env).exit).code).toBe(0);
  await emit('call.incoming');
  await other.received(1);
  expect(original.requests).toHaveLength(1);
  await other.close();
});

test('replays are not sent there', async () => {
  await listen();
  const replay = [
    'replay',
    'message.chat',
    'message.image',
    '-i',
    '33',
    '--api-url',
    vendor.apiUrl,
  ];
  const replayed = here.run(replay, vendor.env);
  await app.received(1);
  replayed.kill('SIGINT');
  await emit('qr.fresh');
  await original.received(1);
  expect(original.requests.map(named)).toEqual(['qr']);
});

test('a tunnel is no webhook to send to, and neither is none', async () => {
  await vendor.setWebhook('https://mine.ngrok.app/hook', ['message']);
  await listen();
  expect((await warning('tee_nowhere')).message).toContain('https://mine.ngrok.app/hook');
  expect(await listener.entry('ready')).not.toHaveProperty('tee');
});

test('a foreign webhook is not replaced without consent, tee or not', async () => {
  const theirs = { url: 'https://bot.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const args = ['listen', ...vendor.args, '--tee', '--yes'];
  const { code, stderr } = await here.run(args, vendor.env).exit;
  expect(code).toBe(2);
  expect(stderr).toContain('--replace bot.customer.example');
  expect(await vendor.webhook()).toEqual(theirs);
});

test.each([['--simulate'], ['--side-by-side']])(
  '--tee and %s exclude each other',
  async (other) => {
    const { code, stderr } = await here.run(['listen', '--tee', other, '-i', '33'], vendor.env)
      .exit;
    expect(code).toBe(2);
    expect(stderr).toContain('--tee');
  },
);
