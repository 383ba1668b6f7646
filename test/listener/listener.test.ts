import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseRoute, parseTarget } from '../../src/delivery/target.ts';
import { openDatabase } from '../../src/history/driver.ts';
import { localTime } from '../../src/platform/local-time.ts';
import { historyPath } from '../../src/platform/paths.ts';
import { failureOf } from '../support/failure.ts';
import { app, closedPort, closedUrl } from '../support/resources.ts';
import { INSTANCE, journalEntry } from './harness.ts';
import { event, FOREIGN, message, OWN, post, setUp } from './set-up.ts';

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
      /^http:\/\/127\.0\.0\.1:\d+\/webhooks\/whatsapp\/ehk_[A-Za-z0-9_-]{43}$/,
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

  test('reports refused requests', async () => {
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

  test('shows its own path token only with printSecret', async () => {
    const { listen, current } = await setUp();
    const listener = listen({ feed: { printSecret: false } });
    const ready = await listener.entry('ready');
    const secret = (await current()).url?.split('/').at(-1) ?? '';
    expect(secret).toMatch(/^ehk_[\w-]{43}$/);
    expect(ready.webhookUrl).toMatch(/\/webhooks\/whatsapp\/\*\*\*$/);
    listener.stop();
    await listener.stopped;
    expect(JSON.stringify(listener.entries)).not.toContain(secret);
  });

  test('uses a path token that it is given, with the prefix', async () => {
    const { listen } = await setUp();
    const pathToken = 'my-own-token-of-32-characters-or-more';
    const { webhookUrl } = await listen({ receiver: { pathToken } }).entry('ready');
    expect(webhookUrl.endsWith(`/webhooks/whatsapp/ehk_${pathToken}`)).toBe(true);
  });

  test('stops by itself after maxEvents', async () => {
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

  test('stops by itself after the time of forMs', async () => {
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

  test('gives a target without a path the path of the original webhook', async () => {
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

  test('counts the events that wait for targets; the next listener warns of them and does not send them', async () => {
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
    expect((await second.entry('warning')).message).toMatch(
      /^2 events .* --waiting, or dismiss them: eazewa-hooks events dismiss --waiting$/,
    );
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

  test('marks a duplicate of an event that an earlier listener received', async () => {
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

  test('leaves a request unanswered while history is busy, and answers it when the event is stored', async () => {
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

  test('without history and journal leaves no files', async () => {
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

  test('that cannot restore the webhook says so, leaves the journal, and closes everything else', async () => {
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

describe('a second listener', () => {
  test('is refused with the process that holds the instance; the first goes on', async () => {
    const { listen, journal, current } = await setUp();
    const first = listen();
    const { webhookUrl } = await first.entry('ready');
    const since = (await journal.read())?.since ?? 'no journal';
    const error = await failureOf(listen().stopped);
    expect(error).toMatchObject({ exit: 'busy', code: 'instance_busy' });
    expect(error.message).toContain(`process ${process.pid}`);
    expect(error.message).toContain(localTime(since));
    expect(await journal.read()).not.toBe(null);
    expect((await current()).url).toBe(webhookUrl);
    expect(await post(webhookUrl, event())).toBe(200);
  });

  test('may hold another instance', async () => {
    const [here, there] = await Promise.all([setUp(), setUp()]);
    const both = [here.listen(), there.listen()];
    const [a, b] = await Promise.all(both.map((listener) => listener.entry('ready')));
    expect(a?.webhookUrl).not.toBe(b?.webhookUrl);
  });
});

describe('what a crashed listener left', () => {
  const CRASHED_TOKEN = 'the-path-token-of-a-crashed-listener';
  const crashedUrl = (host = 'https://dev.example.com') =>
    `${host}/webhooks/whatsapp/${CRASHED_TOKEN}`;
  const crashed = journalEntry({
    original: FOREIGN,
    ours: { url: crashedUrl(), events: ['message'] },
    pathToken: CRASHED_TOKEN,
  });

  test('is taken over: its original is restored in the end, and its url is accepted meanwhile', async () => {
    const { listen, current, journal, folder } = await setUp({
      url: crashedUrl(),
      events: ['message'],
    });
    mkdirSync(folder, { recursive: true });
    await journal.write(crashed);
    const listener = listen();
    const ready = await listener.entry('ready');
    expect(ready).toMatchObject({ previous: FOREIGN, events: FOREIGN.events });
    expect(await listener.entry('warning')).toMatchObject({ code: 'crashed_listener' });
    expect(ready.webhookUrl).not.toContain(CRASHED_TOKEN);
    expect(await journal.read()).toMatchObject({ original: FOREIGN, pid: process.pid });
    expect(await post(crashedUrl(ready.localUrl), event())).toBe(200);
    expect(await post(ready.webhookUrl, event())).toBe(200);
    expect(await post(`${crashedUrl(ready.localUrl)}x`, event())).toBe(401);
    listener.stop();
    expect(await listener.stopped).toMatchObject({ received: 2, restored: true });
    expect(await current()).toEqual(FOREIGN);
    expect(await journal.read()).toBe(null);
  });

  test('is ignored once the instance has another url', async () => {
    const { listen, current, journal, folder } = await setUp(OWN);
    mkdirSync(folder, { recursive: true });
    await journal.write(crashed);
    const listener = listen();
    const ready = await listener.entry('ready');
    expect(ready.previous).toEqual(OWN);
    expect(listener.types()).not.toContain('warning');
    expect(await post(crashedUrl(ready.localUrl), event())).toBe(401);
    listener.stop();
    await listener.stopped;
    expect(await current()).toEqual(OWN);
    expect(await journal.read()).toBe(null);
  });

  test('stays as it is when a listener fails to start', async () => {
    const { listen, current, journal, folder } = await setUp({
      url: crashedUrl(),
      events: ['message'],
    });
    mkdirSync(folder, { recursive: true });
    await journal.write(crashed);
    const { port } = await app();
    expect(await failureOf(listen({ receiver: { port } }).stopped)).toMatchObject({
      code: 'port_in_use',
    });
    expect(await journal.read()).toEqual(crashed);
    expect((await current()).url).toBe(crashedUrl());
  });
});
