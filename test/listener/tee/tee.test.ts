import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askListener } from '../../../src/control/client.ts';
import type { WebhookChange } from '../../../src/control/protocol.ts';
import { forwardedHeaders } from '../../../src/delivery/headers.ts';
import { parseRoute, parseTarget } from '../../../src/delivery/target.ts';
import type { Webhook } from '../../../src/eazewa/client.ts';
import type { FeedEntry, NewFeedEntry } from '../../../src/feed/feed.ts';
import { runListener } from '../../../src/listener/run.ts';
import { startTee, type TeeOptions, type TeeParts } from '../../../src/listener/tee/tee.ts';
import { replayOf } from '../../control/replay-of.ts';
import type { App } from '../../support/app.ts';
import { app, closedUrl, temporaryFolder } from '../../support/resources.ts';
import { until } from '../../support/until.ts';
import { API_TOKEN, clientOf, INSTANCE, simulator } from '../harness.ts';
import { listenerOptions, type Overrides } from '../options.ts';

const names = ({ requests }: App) =>
  requests.map(({ body }) => (JSON.parse(String(body)) as { event: string }).event);

/** A tee by itself, with what it warns of. */
function teeTo(webhook: Webhook, parts: Partial<TeeParts & TeeOptions> = {}) {
  let original = webhook;
  const posted: Extract<NewFeedEntry, { type: 'warning' }>[] = [];
  const tee = startTee(
    { tee: true, ingress: { kind: 'none' }, insecure: false, ...parts },
    {
      original,
      ownPort: 1,
      now: Date.now,
      post: (entry) => void (entry.type === 'warning' && posted.push(entry)),
      retryDelayMs: 20,
      ...parts,
    },
  );
  tee.follow(() => original);
  onTestFinished(() => tee.close());
  let count = 0;
  return {
    tee,
    posted,
    codes: () => posted.map(({ code }) => code),
    become(other: Webhook) {
      original = other;
    },
    send(event = 'message', headers: readonly string[] = [], size = 2) {
      tee.event({ id: `evt_${++count}`, event, headers, body: Buffer.alloc(size, 'x') });
    },
  };
}

describe('a tee', () => {
  test('sends the bytes and headers, less those of one connection, and nothing of ours', async () => {
    const target = await app();
    const { send } = teeTo({ url: `${target.url}/hook?key=1`, events: ['message'] });
    send('message', ['Host', 'x.test', 'X-One', '1', 'Connection', 'close, x-two', 'X-Two', '2']);
    await target.received(1);
    const [request] = target.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/hook?key=1' });
    expect(String(request?.body)).toBe('xx');
    expect(forwardedHeaders(request?.rawHeaders ?? [], [])).toEqual(['X-One', '1']);
    expect(request?.headers.host).toBe(`127.0.0.1:${target.port}`);
  });

  test('behind a tunnel leaves out what that has added', async () => {
    const target = await app();
    const ingress = { kind: 'public-url', url: 'https://dev.example.com' } as const;
    const { send } = teeTo({ url: target.url, events: ['message'] }, { ingress });
    send('message', ['X-Forwarded-Host', 'dev.example.com', 'User-Agent', 'the vendor']);
    await target.received(1);
    expect(target.requests[0]?.headers).toMatchObject({ 'user-agent': 'the vendor' });
    expect(target.requests[0]?.headers).not.toHaveProperty('x-forwarded-host');
  });

  test('sends only what that webhook is subscribed to, as it is at that moment', async () => {
    const first = await app();
    const other = await app();
    const { send, become } = teeTo({ url: first.url, events: ['message'] });
    for (const name of ['call', 'message']) send(name);
    await first.received(1);
    become({ url: other.url, events: ['call'] });
    for (const name of ['message', 'call']) send(name);
    await other.received(1);
    expect(first.requests).toHaveLength(1);
    expect(other.requests).toHaveLength(1);
  });

  test.each([
    [null, 'no webhook of its own'],
    ['', 'no webhook of its own'],
    ['bot.example.com', 'no http url'],
    ['ftp://bot.example.com/', 'no http url'],
    ['https://abc.ngrok-free.app/hook', 'development tunnel'],
    ['https://abc.NGROK.io./hook', 'development tunnel'],
    ['https://x.trycloudflare.com', 'development tunnel'],
    [`http://127.0.0.1:5555/webhooks/whatsapp/${'a'.repeat(43)}`, 'leads to a listener'],
    [`http://localhost:5555/webhooks/whatsapp/${'a'.repeat(43)}?x=1`, 'leads to a listener'],
    ['http://localhost:4321/hook', 'leads to a listener'],
    [`https://dev.example.com/webhooks/whatsapp/ehk_${'a'.repeat(43)}`, 'leads to a listener'],
  ])('sends nothing to %s, and says so once', (url, why) => {
    const { tee, send, posted } = teeTo({ url, events: ['message'] }, { ownPort: 4321 });
    send();
    expect(tee.to()).toBe(null);
    send();
    expect(posted).toMatchObject([{ code: 'tee_nowhere', message: expect.stringContaining(why) }]);
    expect(posted[0]?.message).not.toContain('a'.repeat(43));
  });

  test('says so anew when there is nowhere to send to any more', async () => {
    const target = await app();
    const { tee, send, become, codes } = teeTo({ url: target.url, events: ['message'] });
    expect(tee.to()).toBe(`${target.url}/`);
    become({ url: null, events: ['message'] });
    send();
    become({ url: target.url, events: [] });
    send();
    become({ url: target.url, events: ['message'] });
    send();
    await target.received(1);
    expect(codes()).toEqual(['tee_nowhere', 'tee_nowhere']);
  });

  test('warns once while the webhook does not answer, and when it does again', async () => {
    const url = await closedUrl();
    const { tee, send, posted, codes } = teeTo({ url: `${url}/s?key=hidden`, events: ['message'] });
    send();
    send();
    await until(() => codes().length > 0);
    const target = await app(undefined, Number(new URL(url).port));
    await target.received(2);
    await until(() => codes().length > 1);
    expect(codes()).toEqual(['tee_failing', 'tee_ok']);
    expect(posted[0]?.message).toContain('connection refused');
    expect(posted.map(({ message }) => message).join()).not.toContain('hidden');
    await tee.drain(10_000);
    await tee.close();
    expect(codes()).toHaveLength(2);
  });

  test('takes any answer for the end, follows no redirect, and warns of each status once', async () => {
    const other = await app();
    const statuses = [302, 500, 500, 302, 200];
    const target = await app((_, response) => {
      response.writeHead(statuses.shift() ?? 200, { location: other.url }).end();
    });
    const { tee, send, posted } = teeTo({ url: target.url, events: ['message'] });
    for (let count = 1; count <= 6; count++) {
      send();
      await target.received(count);
    }
    await tee.drain(10_000);
    expect(posted.sort((a, b) => (a.message < b.message ? -1 : 1))).toMatchObject([
      { code: 'tee_refused', message: expect.stringContaining('answered 302 to message [evt_') },
      { code: 'tee_refused', message: expect.stringContaining('answered 500 to message [evt_') },
    ]);
    expect(target.requests).toHaveLength(6);
    expect(other.requests).toHaveLength(0);
  });

  test('drops the oldest that wait beyond its bounds, and counts them in one warning', async () => {
    const target = await app(() => {});
    const { tee, send, posted } = teeTo({ url: target.url, events: ['message'] });
    for (let i = 0; i < 1007; i++) send();
    await tee.drain(1);
    await tee.close();
    expect(posted).toMatchObject([
      { code: 'tee_dropped', message: expect.stringMatching(/^7 events will not reach/) },
      {
        code: 'tee_unsent',
        message: expect.stringMatching(/^1000 events had no .*message \[evt_1\], .* and 990 more$/),
      },
    ]);
  });

  test('cuts nothing that is being sent for a body that has no room', async () => {
    const target = await app(() => {});
    const { tee, send, posted } = teeTo({ url: target.url, events: ['message'] });
    const half = 33 * 1024 * 1024;
    send('message', [], half);
    send('message', [], half);
    send();
    await tee.drain(1);
    await tee.close();
    expect(posted.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^1 event will not reach/),
      expect.stringMatching(/^2 events had no answer.*message \[evt_1\], message \[evt_3\]$/),
    ]);
  });

  test('at its end gives what is under way its time, and lists what had no answer', async () => {
    const held: (() => void)[] = [];
    const target = await app((_, response) => held.push(() => void response.end()));
    const { tee, send, posted, become } = teeTo(
      { url: target.url, events: ['message', 'qr\u001b[2J'] },
      { retryDelayMs: 600_000 },
    );
    send();
    await target.received(1);
    become({ url: await closedUrl(), events: ['qr\u001b[2J'] });
    send('qr\u001b[2J');
    await until(() => posted.length > 0);
    const drained = tee.drain(60_000);
    held[0]?.();
    await drained;
    await tee.close();
    const last = posted.at(-1);
    expect(last?.code).toBe('tee_unsent');
    expect(last?.message).toMatch(/^1 event had no answer .* retried: qr.* \[evt_2\]$/);
    expect(last?.message).not.toContain('\u001b');
  });
});

/** An instance with this webhook, and a listener with --tee that is ready. */
async function setUp(webhook: Webhook, options: Overrides = {}) {
  const vendor = await simulator(webhook);
  const folder = temporaryFolder();
  const entries: FeedEntry[] = [];
  const handle = runListener(
    listenerOptions(vendor.apiUrl, API_TOKEN, folder, {
      ...options,
      takeover: { tee: true, ...options.takeover },
    }),
    async (batch) => void entries.push(...batch),
    { now: Date.now, random: randomBytes },
  );
  onTestFinished(async () => {
    handle.stop();
    await handle.stopped.catch(() => {});
  });
  const of = <T extends FeedEntry['type']>(type: T) =>
    entries.filter((entry): entry is Extract<FeedEntry, { type: T }> => entry.type === type);
  const ready = await until(() => of('ready')[0]);
  const direct = clientOf(vendor.apiUrl);
  return {
    ...handle,
    vendor,
    folder,
    ready,
    of,
    emit: (event: string) => vendor.emit(INSTANCE, { event, instanceId: INSTANCE, data: {} }),
    current: async () => (await direct.getInstance(INSTANCE)).webhook,
    codes: () => of('warning').map(({ code }) => code),
    async change(change: WebhookChange) {
      await askListener(folder, { action: 'change', change });
    },
  };
}

describe('a listener with --tee', () => {
  test('is subscribed to what was asked and to what the original has; each gets its own', async () => {
    const [bot, own] = [await app(), await app()];
    const original = { url: `${own.url}/hook?key=hidden`, events: ['message', 'qr'] };
    const { ready, emit, of, current, stop, stopped } = await setUp(original, {
      takeover: { events: ['call', 'message'] },
      forwarding: { targets: [parseTarget(bot.url), parseRoute(`qr,call=${bot.url}/some`)] },
    });
    const union = ['call', 'message', 'qr'];
    expect(ready).toMatchObject({
      events: union,
      previous: { events: original.events },
      tee: `${own.url}/hook?key=***`,
      targets: [{ events: ['call', 'message'] }, { events: ['qr', 'call'] }],
    });
    expect((await current()).events).toEqual(union);
    for (const name of ['qr', 'call', 'message']) expect(emit(name).emitted).toBe(1);
    await own.received(2);
    await until(() => of('attempt').length === 3);
    expect(names(own).sort()).toEqual(['message', 'qr']);
    expect(names(bot).sort()).toEqual(['call', 'call', 'message']);
    expect(
      of('event')
        .map(({ event }) => event)
        .sort(),
    ).toEqual(['call', 'message', 'qr']);
    stop();
    expect(await stopped).toMatchObject({ received: 3, forwarded: 3, waiting: 0, restored: true });
    expect(await current()).toEqual(original);
  });

  test('sends on what comes while the app is down, and counts only what that waits for', async () => {
    const own = await app();
    const { emit, stop, stopped } = await setUp(
      { url: own.url, events: ['message', 'qr'] },
      {
        takeover: { events: ['message'] },
        forwarding: { targets: [parseTarget(await closedUrl())] },
      },
    );
    for (const name of ['message', 'qr']) emit(name);
    await own.received(2);
    stop();
    expect(await stopped).toMatchObject({ received: 2, forwarded: 0, waiting: 1 });
  });

  test('keeps to the union when the subscriptions change', async () => {
    const [bot, own] = [await app(), await app()];
    const listener = await setUp(
      { url: own.url, events: ['message'] },
      { takeover: { events: ['call'] }, forwarding: { targets: [parseTarget(bot.url)] } },
    );
    const { ask, current, change, emit, stop, stopped, of } = listener;
    expect(await ask({ action: 'subscribe', events: ['ready'] })).toEqual(['ready', 'message']);
    expect((await current()).events).toEqual(['ready', 'message']);

    await change({ events: { add: ['qr'], remove: [] } });
    expect((await current()).events).toEqual(['ready', 'qr', 'message']);
    for (const name of ['message', 'ready', 'qr']) emit(name);
    await own.received(2);
    await until(() => of('attempt').length === 2);
    expect(names(own).sort()).toEqual(['message', 'qr']);
    expect(names(bot).sort()).toEqual(['qr', 'ready']);

    await change({ events: { only: ['message_ack'] } });
    expect((await current()).events).toEqual(['ready', 'qr', 'message_ack']);
    await change({ events: { add: [], remove: ['qr'] } });
    expect((await current()).events).toEqual(['ready', 'message_ack']);
    stop();
    expect((await stopped).restored).toBe(true);
    expect(await current()).toEqual({ url: own.url, events: ['message_ack'] });
  });

  test('follows the original when its url is changed, and says when it has none any more', async () => {
    const [own, other] = [await app(), await app()];
    const { change, emit, codes } = await setUp({ url: own.url, events: ['message'] });
    await change({ url: `${other.url}/new` });
    emit('message');
    await other.received(1);
    await change({ url: null });
    emit('message');
    await until(() => codes().includes('tee_nowhere'));
    expect(own.requests).toHaveLength(0);
    expect(other.requests).toHaveLength(1);
  });

  test('says at its start that there is nowhere to send to', async () => {
    const { ready, codes } = await setUp({
      url: 'https://x.ngrok.app/hook',
      events: ['message'],
    });
    expect(ready).not.toHaveProperty('tee');
    expect(codes()).toEqual(['tee_nowhere']);
  });

  test('sends nothing again by itself that is replayed', async () => {
    const [bot, own] = [await app(), await app()];
    const { ask, emit, of } = await setUp(
      { url: own.url, events: ['message'] },
      { forwarding: { targets: [parseTarget(bot.url)] } },
    );
    emit('message');
    await own.received(1);
    await bot.received(1);
    const id = await until(() => of('event')[0]?.id);
    const body = Buffer.from('{"event":"message","instanceId":33}').toString('base64');
    await ask(replayOf({ event: id }));
    await ask(replayOf({ body }));
    emit('message');
    await own.received(2);
    expect(bot.requests.length).toBeGreaterThanOrEqual(3);
    expect(own.requests).toHaveLength(2);
  });

  test('with an original that never answers ends in time, and lists what was not sent', async () => {
    const silent = await app(() => {});
    const { emit, of, stop, stopped } = await setUp({
      url: silent.url,
      events: ['message', 'qr'],
    });
    for (const name of ['message', 'qr', 'call']) emit(name);
    await until(() => of('event').length === 2);
    stop();
    expect((await stopped).restored).toBe(true);
    const ids = of('event').map(({ event, id }) => `${event} [${id}]`);
    const last = of('warning').at(-1);
    expect(last).toMatchObject({ code: 'tee_unsent' });
    expect(last?.message).toMatch(/^2 events had no answer/);
    for (const id of ids) expect(last?.message).toContain(id);
  });

  test('without it sends nothing on', async () => {
    const [bot, own] = [await app(), await app()];
    const { ready, emit } = await setUp(
      { url: own.url, events: ['message', 'qr'] },
      {
        takeover: { tee: false, events: ['message'] },
        forwarding: { targets: [parseTarget(bot.url)] },
      },
    );
    expect(ready.events).toEqual(['message']);
    expect(ready).not.toHaveProperty('tee');
    emit('message');
    await bot.received(1);
    expect(own.requests).toHaveLength(0);
  });
});
