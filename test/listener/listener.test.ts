import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseRoute, parseTarget } from '../../src/delivery/target.ts';
import type { Webhook } from '../../src/eazewa/client.ts';
import { type FeedEntry, feedEntry } from '../../src/feed/feed.ts';
import { openDatabase } from '../../src/history/driver.ts';
import { runListener } from '../../src/listener/run.ts';
import { isLocked } from '../../src/platform/lock.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { fileJournal, journalPath } from '../../src/takeover/journal.ts';
import { lockInstance, lockPath } from '../../src/takeover/lock.ts';
import { failureOf } from '../support/failure.ts';
import { app, closedPort, closedUrl, temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { API_TOKEN, between, clientOf, INSTANCE, journalEntry, simulator } from './harness.ts';
import { listenerOptions, type Overrides } from './options.ts';

const FOREIGN: Webhook = { url: 'https://bot.example.com/hooks/wa', events: ['message', 'qr'] };
const OWN: Webhook = { url: 'http://localhost:9/hooks/wa', events: ['message', 'qr'] };

/** An instance with this webhook, a state folder, and listeners that run in this thread. */
async function setUp(webhook: Webhook = OWN) {
  const vendor = await simulator(webhook);
  const api = await between(vendor.apiUrl);
  const folder = join(temporaryFolder(), 'data', 'instance');
  const direct = clientOf(vendor.apiUrl);
  const listen = (options: Overrides = {}) => {
    const entries: FeedEntry[] = [];
    const handle = runListener(
      listenerOptions(api.apiUrl, API_TOKEN, folder, options),
      async (batch) => {
        for (const entry of batch) {
          expect(feedEntry.parse(entry)).toEqual(entry);
          entries.push(entry);
        }
      },
      { now: Date.now, random: randomBytes },
    );
    const failed: { error: unknown } = { error: null };
    handle.stopped.catch((error: unknown) => {
      failed.error = error;
    });
    onTestFinished(async () => {
      handle.stop();
      await handle.stopped.catch(() => {});
    });
    const entry = <T extends FeedEntry['type']>(type: T, nth = 0) =>
      until(
        () => {
          if (failed.error !== null) throw failed.error;
          const all = entries.filter(
            (one): one is Extract<FeedEntry, { type: T }> => one.type === type,
          );
          return all[nth];
        },
        () => `${type} in ${JSON.stringify(entries)}`,
      );
    return { ...handle, entries, entry, types: () => entries.map(({ type }) => type) };
  };
  return {
    vendor,
    api,
    folder,
    listen,
    journal: fileJournal(folder),
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    change: (to: Webhook) => direct.updateWebhook(INSTANCE, to),
    puts: () => api.asked.filter(({ method }) => method === 'PUT'),
    locked: () => isLocked(lockPath(folder), openDatabase),
  };
}

/** The sockets of this process, listening or connected. What else may be left is looked for in closing.test.ts. */
function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP'));
}

/** Waits until no more is open than was before; not so long that idle connections go by themselves. */
async function expectNothingOpen(before: readonly string[]): Promise<void> {
  const same = () => openSockets().length <= before.length;
  await until(same, () => `${before}; open are ${openSockets()}`, 3000);
}

/** A POST of this body to a webhook url. */
async function post(url: string, body: unknown): Promise<number> {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

const event = (more: object = {}) => ({ event: 'message', instanceId: 33, data: {}, ...more });
const message = (chat: string, id: string) =>
  event({ data: { message: { id: { remote: chat, _serialized: id }, type: 'chat', body: 'Hi' } } });

describe('a listener', () => {
  test('gets ready, receives, forwards, and when it is stopped leaves the instance as it was', async () => {
    const { vendor, listen, current, journal, locked, folder } = await setUp();
    const target = await app();
    const listener = listen({ forwarding: { targets: [parseTarget(`${target.url}/hook`)] } });
    const ready = await listener.entry('ready');
    expect(ready).toMatchObject({
      instanceId: '33',
      events: OWN.events,
      previous: OWN,
      targets: [{ url: `${target.url}/hook`, events: null }],
    });
    expect(ready.publicUrl).toBe(ready.localUrl);
    expect(ready.webhookUrl).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/webhooks\/whatsapp\/[A-Za-z0-9_-]{43}$/,
    );
    expect(await current()).toEqual({ url: ready.webhookUrl, events: OWN.events });
    expect(await journal.read()).toMatchObject({ original: OWN, ours: await current() });
    expect(await locked()).toBe(true);

    expect(vendor.emit(INSTANCE, 'message.chat').emitted).toBe(1);
    const attempt = await listener.entry('attempt');
    const received = await listener.entry('event');
    expect(received).toMatchObject({ event: 'message', origin: 'live', issues: [] });
    expect(attempt).toMatchObject({ eventId: received.id, status: 200, number: 1, replay: false });
    expect(target.requests[0]?.headers['x-eazewa-hooks-event']).toBe(received.id);

    listener.stop();
    const outcome = { received: 1, forwarded: 1, failed: 0, waiting: 0, restored: true };
    expect(await listener.stopped).toEqual(outcome);
    expect(listener.types()).toEqual([
      ...['tunnel', 'webhook', 'ready', 'event', 'attempt', 'webhook', 'stopped'],
    ]);
    expect(listener.entries.at(-1)).toMatchObject(outcome);
    expect(await current()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
    expect(await locked()).toBe(false);
    await expect(fetch(ready.localUrl)).rejects.toThrow();
    if (process.platform !== 'win32') {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      for (const file of readdirSync(folder)) {
        expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
      }
    }
  });

  test('tells what it refuses', async () => {
    const { listen } = await setUp();
    const listener = listen();
    const { webhookUrl } = await listener.entry('ready');
    expect(await post(`${webhookUrl}x`, event())).toBe(401);
    expect(await post(webhookUrl, { event: 'message', instanceId: 34 })).toBe(401);
    expect(await listener.entry('rejected', 1)).toMatchObject({
      status: 401,
      reason: 'an event of another instance',
    });
  });

  test('shows its own path token only when it is asked to', async () => {
    const { listen, current } = await setUp();
    const listener = listen({ feed: { printSecret: false } });
    const ready = await listener.entry('ready');
    const secret = (await current()).url?.split('/').at(-1) ?? '';
    expect(secret).toHaveLength(43);
    expect(ready.webhookUrl).toMatch(/\/webhooks\/whatsapp\/\*\*\*$/);
    listener.stop();
    await listener.stopped;
    expect(JSON.stringify(listener.entries)).not.toContain(secret);
  });

  test('uses a path token that it is given', async () => {
    const { listen } = await setUp();
    const pathToken = 'my-own-token-of-32-characters-or-more';
    const { webhookUrl } = await listen({ receiver: { pathToken } }).entry('ready');
    expect(webhookUrl.endsWith(`/webhooks/whatsapp/${pathToken}`)).toBe(true);
  });

  test('stops by itself after as many events as it is told', async () => {
    const { listen, vendor, current } = await setUp();
    const target = await app();
    const listener = listen({
      limits: { maxEvents: 2 },
      forwarding: { targets: [parseTarget(target.url)] },
    });
    await listener.entry('ready');
    for (let i = 0; i < 2; i++) vendor.emit(INSTANCE, 'message.chat');
    expect(await listener.stopped).toMatchObject({ received: 2, forwarded: 2, restored: true });
    expect(await current()).toEqual(OWN);
  });

  test('stops by itself after the time that it is told', async () => {
    const { listen, current } = await setUp();
    const listener = listen({ limits: { forMs: 20 } });
    await listener.entry('ready');
    expect(await listener.stopped).toMatchObject({ restored: true });
    expect(await current()).toEqual(OWN);
  });

  test('forwards the events of one chat only, and receives all', async () => {
    const { listen } = await setUp();
    const target = await app();
    const listener = listen({
      forwarding: { only: 'ana@c.us', targets: [parseTarget(target.url)] },
    });
    const { webhookUrl } = await listener.entry('ready');
    for (const chat of ['ben@c.us', 'ana@c.us', 'ana@c.us']) {
      expect(await post(webhookUrl, message(chat, chat))).toBe(200);
    }
    await listener.entry('attempt', 1);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 3, forwarded: 2, waiting: 0 });
  });

  test.each([
    ['what the instance has', OWN.events, null, [], OWN.events],
    ['message, where it has none', [], null, [], ['message']],
    ['what it is asked for', OWN.events, ['call', 'ready'], [], ['call', 'ready']],
    ['that, less what is ignored', OWN.events, null, ['qr', 'call'], ['message']],
  ])('subscribes to %s', async (_, has, events, ignoreEvents, expected) => {
    const { listen, current } = await setUp({ url: OWN.url, events: has });
    const listener = listen({ takeover: { events, ignoreEvents } });
    expect((await listener.entry('ready')).events).toEqual(expected);
    expect((await current()).events).toEqual(expected);
    listener.stop();
    await listener.stopped;
    expect(await current()).toEqual({ url: OWN.url, events: has });
  });

  test('gives a target without a path that of the webhook that was set before', async () => {
    const { listen, vendor } = await setUp();
    const target = await app();
    const route = parseRoute(`message*=${target.url}`);
    const listener = listen({ forwarding: { targets: [route] } });
    expect((await listener.entry('ready')).targets).toEqual([
      { url: `${target.url}/hooks/wa`, events: ['message*'] },
    ]);
    vendor.emit(INSTANCE, 'message.chat');
    await target.received(1);
    expect(target.requests[0]?.url).toBe('/hooks/wa');
  });

  test('counts what its targets did not get, and names it to the next one, which does not send it', async () => {
    const { listen, vendor } = await setUp();
    const url = await closedUrl();
    const first = listen({ forwarding: { targets: [parseTarget(url)] } });
    await first.entry('ready');
    for (let i = 0; i < 2; i++) vendor.emit(INSTANCE, 'message.chat');
    await first.entry('event', 1);
    await first.entry('warning');
    first.stop();
    expect(await first.stopped).toMatchObject({ received: 2, forwarded: 0, waiting: 2 });

    const back = await app(undefined, Number(new URL(url).port));
    const second = listen({ forwarding: { targets: [parseTarget(back.url)] } });
    await second.entry('ready');
    expect((await second.entry('warning')).message).toMatch(/^2 events .* --waiting$/);
    vendor.emit(INSTANCE, 'message.chat');
    const attempt = await second.entry('attempt');
    second.stop();
    expect(await second.stopped).toMatchObject({ received: 1, forwarded: 1, waiting: 0 });
    // Who has no target cannot send them either.
    const third = listen();
    await third.entry('ready');
    expect(third.types()).not.toContain('warning');
    expect(back.requests).toHaveLength(1);
    expect(back.requests[0]?.headers['x-eazewa-hooks-event']).toBe(attempt.eventId);
  });

  test('counts what waits, whatever is replayed of earlier listeners', async () => {
    const { listen, vendor } = await setUp();
    const port = await closedPort();
    const targets = [parseTarget(`http://127.0.0.1:${port}`)];
    const first = listen({ forwarding: { targets } });
    await first.entry('ready');
    for (let i = 0; i < 2; i++) vendor.emit(INSTANCE, 'message.chat');
    const old = [await first.entry('event'), await first.entry('event', 1)];
    first.stop();
    await first.stopped;

    await app(undefined, port);
    const second = listen({ forwarding: { targets } });
    expect(await second.entry('ready')).toMatchObject({ only: null, held: 2 });
    await second.ask({ action: 'forwarding', pause: true });
    for (let i = 0; i < 2; i++) vendor.emit(INSTANCE, 'message.chat');
    expect((await second.entry('event', 1)).targets).toEqual([
      { url: `http://127.0.0.1:${port}/hooks/wa`, outcome: 'waiting' },
    ]);
    const items = old.map(({ id }) => ({
      ...{ source: { event: id }, due: 0, set: [], remove: [], fresh: false },
    }));
    await second.ask({ action: 'replay', items, to: null, bodies: 'none' });
    expect(await second.ask({ action: 'forwarding', pause: null })).toEqual({
      isPaused: true,
      waiting: 2,
    });
    second.stop();
    expect(await second.stopped).toMatchObject({ received: 2, forwarded: 0, waiting: 2 });
  });

  test('knows what the last one heard: a duplicate is marked across both', async () => {
    const { listen } = await setUp();
    const first = listen();
    await post((await first.entry('ready')).webhookUrl, message('ana@c.us', 'm1'));
    const { id } = await first.entry('event');
    first.stop();
    await first.stopped;
    const second = listen();
    const { webhookUrl } = await second.entry('ready');
    await post(webhookUrl, message('ana@c.us', 'm1'));
    expect((await second.entry('event')).duplicateOf).toBe(id);
  });

  test('leaves a request unanswered while history is busy, and answers it when it is kept', async () => {
    const { listen, folder } = await setUp();
    const listener = listen();
    const { webhookUrl, localUrl } = await listener.entry('ready');
    const other = await openDatabase(historyPath(folder));
    other.exec('BEGIN IMMEDIATE');
    let answered: number | null = null;
    const answer = post(webhookUrl, event()).then((status) => {
      answered = status;
    });
    // Others are answered meanwhile: it is not the listener that waits.
    for (let i = 0; i < 2; i++) expect((await fetch(`${localUrl}/x`)).status).toBe(404);
    expect(answered).toBe(null);
    other.exec('ROLLBACK');
    other.close();
    await answer;
    expect(answered).toBe(200);
    expect(listener.types()).not.toContain('warning');
  });

  test('without history keeps none on disk, and without a journal none', async () => {
    const { listen, folder, vendor, current } = await setUp();
    const listener = listen({ state: { history: false, journal: false } });
    await listener.entry('ready');
    vendor.emit(INSTANCE, 'message.chat');
    await listener.entry('event');
    const kept = () => readdirSync(folder).filter((file) => !file.startsWith('lock'));
    // While it runs, other commands can reach it.
    expect(kept().filter((file) => !file.startsWith('control'))).toEqual([]);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 1, restored: true });
    expect(kept()).toEqual([]);
    expect(await current()).toEqual(OWN);
  });

  test('that cannot put the webhook back says so, keeps the journal, and lets go of everything else', async () => {
    const { api, listen, journal, current, locked } = await setUp();
    const listener = listen();
    const { webhookUrl } = await listener.entry('ready');
    api.disturb(() => ({ status: 401 }));
    listener.stop();
    expect(await listener.stopped).toMatchObject({ restored: false });
    expect(listener.types().slice(-3)).toEqual(['webhook', 'warning', 'stopped']);
    expect(await listener.entry('warning')).toMatchObject({ code: 'not_restored' });
    expect((await listener.entry('warning')).message).toContain('eazewa-hooks restore -i 33');
    expect((await current()).url).toBe(webhookUrl);
    expect((await journal.read())?.original).toEqual(OWN);
    expect(await locked()).toBe(false);
  });
});

describe('stopped halfway through its start', () => {
  /** Nothing happened, as far as anybody can see. */
  async function expectNothing(
    { listen, current, journal, locked }: Awaited<ReturnType<typeof setUp>>,
    listener: ReturnType<typeof listen>,
    before: string[],
  ) {
    expect(await listener.stopped).toEqual({
      ...{ received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true },
    });
    expect(listener.types()).not.toContain('ready');
    expect(listener.types().at(-1)).toBe('stopped');
    expect(await current()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
    expect(await locked()).toBe(false);
    await expectNothingOpen(before);
  }

  // What is asked of the vendor: the instance, write-back, ours, read-back.
  test.each([1, 2, 3, 4])('at request %i of the vendor', async (at) => {
    const here = await setUp();
    await here.current();
    const before = openSockets();
    const listener = here.listen();
    here.api.disturb((_, number) => {
      if (number === at) listener.stop();
      return null;
    });
    await expectNothing(here, listener, before);
  });

  test.each([1, 2, 3, 4])(
    'before request %i of the vendor is answered, which then never is',
    async (at) => {
      const here = await setUp();
      const listener = here.listen();
      here.api.disturb((_, number) => {
        if (number !== at) return null;
        listener.stop();
        // The client is told to stop by the time that the connection breaks.
        return 'cut';
      });
      expect(await listener.stopped).toMatchObject({ received: 0, restored: true });
      await until(async () => (await here.current()).url === OWN.url);
      expect(await here.journal.read()).toBe(null);
      expect(await here.locked()).toBe(false);
    },
  );

  test('at once', async () => {
    const here = await setUp();
    await here.current();
    const before = openSockets();
    const listener = here.listen();
    listener.stop();
    await expectNothing(here, listener, before);
    expect(here.api.asked).toEqual([]);
  });

  test.each([0, 1, 2, 4, 6, 9])('after %i turns of the loop', async (turns) => {
    const here = await setUp();
    const listener = here.listen();
    for (let i = 0; i < turns * turns; i++) await new Promise(setImmediate);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 0, restored: true });
    expect(await here.current()).toEqual(OWN);
    expect(await here.journal.read()).toBe(null);
    expect(await here.locked()).toBe(false);
  });

  // It looks every 50 ms whether the lock is free: any moment of its waiting must do.
  test.each([0, 40, 120, 260])(
    'while it waits for the lock that another holds, after %i ms',
    async (ms) => {
      const here = await setUp();
      const unlock = await lockInstance(here.folder, INSTANCE);
      onTestFinished(unlock);
      const listener = here.listen();
      const at = performance.now() + ms;
      await until(() => performance.now() >= at);
      listener.stop();
      expect(await listener.stopped).toMatchObject({ restored: true });
      expect(here.api.asked).toEqual([]);
    },
  );

  test('while the loop is proven', async () => {
    const here = await setUp();
    const listener: ReturnType<typeof here.listen>[] = [];
    const hanging = await app(() => listener[0]?.stop());
    await here.current();
    const before = openSockets();
    listener.push(here.listen({ ingress: { kind: 'public-url', url: hanging.url } }));
    const [one] = listener;
    if (one === undefined) throw new Error('no listener');
    await expectNothing(here, one, before);
    expect(here.puts()).toEqual([]);
  });

  test('more than once is once, also when it has ended', async () => {
    const here = await setUp();
    const listener = here.listen();
    await listener.entry('ready');
    for (let i = 0; i < 3; i++) listener.stop();
    expect(await listener.stopped).toMatchObject({ restored: true });
    listener.stop();
    expect(here.puts()).toHaveLength(3);
    expect(listener.types().filter((type) => type === 'stopped')).toHaveLength(1);
  });
});

describe('a start that fails', () => {
  type Here = Awaited<ReturnType<typeof setUp>>;

  /** The error of a start, after which all is as it was and the instance was not written to. */
  async function failureAt(here: Here, options: Overrides) {
    const original = await here.current();
    const before = openSockets();
    const listener = here.listen(options);
    const error = await failureOf(listener.stopped);
    expect(listener.types()).not.toContain('ready');
    expect(here.puts()).toEqual([]);
    expect(await here.current()).toEqual(original);
    await expectNothingOpen(before);
    return error;
  }

  test('for a port in use', async () => {
    const here = await setUp();
    const { port } = await app();
    expect(await failureAt(here, { receiver: { port } })).toMatchObject({
      exit: 'usage',
      code: 'port_in_use',
    });
    expect(await here.locked()).toBe(false);
  });

  test('for the webhook of somebody else, until its host is named', async () => {
    const here = await setUp(FOREIGN);
    expect(await failureAt(here, {})).toMatchObject({
      code: 'foreign_webhook',
      facts: { host: 'bot.example.com' },
    });
    expect(await here.locked()).toBe(false);
    const listener = here.listen({ takeover: { replace: 'bot.example.com' } });
    await listener.entry('ready');
    listener.stop();
    await listener.stopped;
    expect(await here.current()).toEqual(FOREIGN);
  });

  test('for a protected instance', async () => {
    const here = await setUp();
    expect(await failureAt(here, { takeover: { protectedInstance: true } })).toMatchObject({
      code: 'protected_instance',
    });
  });

  test('for an instance that is not there, naming those that are', async () => {
    const here = await setUp();
    const error = await failureAt(here, { instance: { id: '34' } });
    expect(error).toMatchObject({ exit: 'notFound', code: 'no_such_instance' });
    expect(error.hint).toContain('33 (Shop)');
  });

  test('for an API token that is refused', async () => {
    const here = await setUp();
    const api = { apiToken: 'wrong', tokenName: 'MY_TOKEN' };
    const error = await failureAt(here, { api });
    expect(error).toMatchObject({ exit: 'auth', code: 'api_token_refused' });
    expect(error.message).toContain('MY_TOKEN');
    expect(await here.locked()).toBe(false);
  });

  test('for a state folder that cannot be used', async () => {
    const here = await setUp();
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(await failureAt(here, { instance: { folder: join(file, 'instance') } })).toMatchObject({
      exit: 'state',
      code: 'state_folder',
    });
    expect(here.api.asked).toEqual([]);
  });

  test('for a history that is none', async () => {
    const here = await setUp();
    mkdirSync(here.folder, { recursive: true });
    writeFileSync(
      historyPath(here.folder),
      'this is no database, and that for over a hundred bytes'.repeat(9),
    );
    expect(await failureAt(here, {})).toMatchObject({ exit: 'state', code: 'history_unusable' });
    expect(here.api.asked).toEqual([]);
    expect(await here.locked()).toBe(false);
  });

  test('for a journal that cannot be read', async () => {
    const here = await setUp();
    mkdirSync(here.folder, { recursive: true });
    writeFileSync(journalPath(here.folder), '{');
    expect(await failureAt(here, {})).toMatchObject({ code: 'journal_unreadable' });
    expect(await here.locked()).toBe(false);
  });

  test('for a public url that leads to somebody else', async () => {
    const here = await setUp();
    const other = await app((_, response) => response.end('hello'));
    const error = await failureAt(here, { ingress: { kind: 'public-url', url: other.url } });
    expect(error).toMatchObject({ exit: 'tunnel', code: 'loop_not_proven' });
    expect(error.message).toContain('somebody else answers');
    expect(error.hint).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
    expect(await here.locked()).toBe(false);
  });

  test('for a public url that leads nowhere', async () => {
    const here = await setUp();
    const url = await closedUrl();
    expect(await failureAt(here, { ingress: { kind: 'public-url', url } })).toMatchObject({
      code: 'loop_not_proven',
    });
  });

  test('for a target that is the listener itself', async () => {
    const here = await setUp();
    const port = await closedPort();
    for (const host of ['127.0.0.1', 'localhost']) {
      const targets = [parseTarget(`${host}:${port}/x`)];
      expect(await failureAt(here, { receiver: { port }, forwarding: { targets } })).toMatchObject({
        exit: 'usage',
        code: 'target_is_receiver',
      });
    }
  });

  test('for no event that is left', async () => {
    const here = await setUp();
    expect(await failureAt(here, { takeover: { ignoreEvents: ['message', 'qr'] } })).toMatchObject({
      exit: 'usage',
      code: 'no_events',
    });
  });

  test('for a webhook that the vendor would not take back', async () => {
    const here = await setUp();
    here.api.disturb(({ method }) => (method === 'PUT' ? { status: 422 } : null));
    const listener = here.listen();
    expect(await failureOf(listener.stopped)).toMatchObject({ code: 'restore_would_fail' });
    expect(here.puts()).toHaveLength(1);
    expect(await here.current()).toEqual(OWN);
    expect(await here.locked()).toBe(false);
    expect(await here.journal.read()).toBe(null);
  });
});

describe('a second listener', () => {
  test('is told that the instance is busy, and by whom; the first goes on', async () => {
    const { listen, journal, current } = await setUp();
    const first = listen();
    const { webhookUrl } = await first.entry('ready');
    const since = (await journal.read())?.since ?? 'no journal';
    const error = await failureOf(listen().stopped);
    expect(error).toMatchObject({ exit: 'busy', code: 'instance_busy' });
    expect(error.message).toContain(`process ${process.pid}`);
    expect(error.message).toContain(since);
    expect(await journal.read()).not.toBe(null);
    expect((await current()).url).toBe(webhookUrl);
    expect(await post(webhookUrl, event())).toBe(200);
  });

  test('of another instance is no trouble', async () => {
    const [here, there] = await Promise.all([setUp(), setUp()]);
    const both = [here.listen(), there.listen()];
    const [a, b] = await Promise.all(both.map((listener) => listener.entry('ready')));
    expect(a?.webhookUrl).not.toBe(b?.webhookUrl);
  });
});

describe('what a dead listener left', () => {
  const DEAD = 'the-path-token-of-a-dead-listener';
  const deadUrl = (host = 'https://dev.example.com') => `${host}/webhooks/whatsapp/${DEAD}`;
  const dead = journalEntry({
    original: FOREIGN,
    ours: { url: deadUrl(), events: ['message'] },
    pathToken: DEAD,
  });

  test('is carried on: its original is put back in the end, and its url still opens meanwhile', async () => {
    const { listen, current, journal, folder } = await setUp({
      url: deadUrl(),
      events: ['message'],
    });
    mkdirSync(folder, { recursive: true });
    await journal.write(dead);
    const listener = listen();
    const ready = await listener.entry('ready');
    expect(ready).toMatchObject({ previous: FOREIGN, events: FOREIGN.events });
    expect(await listener.entry('warning')).toMatchObject({ code: 'crashed_listener' });
    expect(ready.webhookUrl).not.toContain(DEAD);
    expect(await journal.read()).toMatchObject({ original: FOREIGN, pid: process.pid });
    expect(await post(deadUrl(ready.localUrl), event())).toBe(200);
    expect(await post(ready.webhookUrl, event())).toBe(200);
    expect(await post(`${deadUrl(ready.localUrl)}x`, event())).toBe(401);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 2, restored: true });
    expect(await current()).toEqual(FOREIGN);
    expect(await journal.read()).toBe(null);
  });

  test('does not count once the instance has another url: that one wins', async () => {
    const { listen, current, journal, folder } = await setUp(OWN);
    mkdirSync(folder, { recursive: true });
    await journal.write(dead);
    const listener = listen();
    const ready = await listener.entry('ready');
    expect(ready.previous).toEqual(OWN);
    expect(listener.types()).not.toContain('warning');
    expect(await post(deadUrl(ready.localUrl), event())).toBe(401);
    listener.stop();
    await listener.stopped;
    expect(await current()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
  });

  test('stays as it is when a listener fails to start', async () => {
    const { listen, current, journal, folder } = await setUp({
      url: deadUrl(),
      events: ['message'],
    });
    mkdirSync(folder, { recursive: true });
    await journal.write(dead);
    const { port } = await app();
    expect(await failureOf(listen({ receiver: { port } }).stopped)).toMatchObject({
      code: 'port_in_use',
    });
    expect(await journal.read()).toEqual(dead);
    expect((await current()).url).toBe(deadUrl());
  });
});
