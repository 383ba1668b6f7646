import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadFixture } from '../../src/fixtures/load.ts';
import { findEvent } from '../../src/history/find.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { replay } from '../../src/replay/send.ts';
import { attempted, idsOf, maintainAll, newAttempt, newEvent, store } from '../history/support.ts';
import { failureOf } from '../support/failure.ts';
import { app, closedUrl, temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { item, world } from './world.ts';

const jsonOf = ({ body }: { body: Buffer }) => JSON.parse(String(body));

describe('an event of history', () => {
  test('is sent with its exact bytes and headers, and gains an attempt, not a second row', async () => {
    const target = await app((_, response) => void response.writeHead(404).end('not mine'));
    const { world: here, history, entries } = await world([target.url]);
    const body = Buffer.from('{"event" :"message","n":1.0,"e":"\\u00e9"}');
    const headers = ['Host', 'x.ngrok.app', 'User-Agent', 'WaAPI', 'X-One', '1', 'Expect', 'x'];
    const event = newEvent({ body, headers });
    const [seq = 0] = store(history, event);

    const counts = await replay([item({ event: event.id.slice(0, 12) })], here);
    expect(counts).toEqual({ sent: 1, answered: 1, unanswered: 0, statuses: [404], left: 0 });
    const [request] = target.requests;
    expect(request?.body.equals(body)).toBe(true);
    expect(request?.rawHeaders.slice(0, 4)).not.toContain('x.ngrok.app');
    expect(request?.headers).toMatchObject({
      'user-agent': 'WaAPI',
      'x-one': '1',
      'x-eazewa-hooks-event': event.id,
      'x-eazewa-hooks-attempt': '1',
      'x-eazewa-hooks-replay': 'true',
    });
    expect(idsOf(history)).toEqual([event.id]);
    const [attempt] = history.attempts(seq);
    expect(attempt).toMatchObject({ status: 404, replay: true, number: 1, target: target.url });
    expect(String(Buffer.from(attempt?.responseBody ?? []))).toBe('not mine');
    expect(entries.map(({ type }) => type)).toEqual(['attempt']);
    expect(entries[0]).toMatchObject({ eventId: event.id, replay: true, number: 1, status: 404 });
  });

  test('goes on counting the attempts on its target, and waits for it no longer', async () => {
    const target = await app();
    const { world: here, history } = await world([target.url]);
    const event = newEvent({ waitFor: [target.url] });
    const [seq = 0] = store(history, event);
    attempted(history, newAttempt(seq, { target: target.url }));
    await replay([item({ event: 'last' })], here);
    expect(target.requests[0]?.headers['x-eazewa-hooks-attempt']).toBe('2');
    expect(history.attempts(seq).map(({ number }) => number)).toEqual([1, 2]);
    expect(history.countWaiting()).toBe(0);
  });

  test('waits for no other target any more, unless the running listener will send it there', async () => {
    const target = await app();
    const { world: here, history } = await world([target.url]);
    const waitFor = ['http://127.0.0.1:9/other'];
    const [held = 0, fresh = 0] = store(history, newEvent({ waitFor }), newEvent({ waitFor }));
    const window = () => ({ after: held, since: 0 });
    for (const seq of [held, fresh]) {
      await replay([item({ event: history.head(seq)?.id ?? '' })], { ...here, window });
    }
    expect(target.requests).toHaveLength(2);
    expect(history.waitingTargets(held)).toEqual([]);
    expect(history.waitingTargets(fresh)).toEqual(waitFor);
  });

  test('becomes a new event when something of it is changed', async () => {
    const target = await app();
    const { world: here, history, entries } = await world([target.url]);
    const event = newEvent({ headers: ['X-One', '1', 'Content-Length', '5'], repeats: 'evt_x' });
    store(history, event);
    const set = [['data.message.body', '"Bye"']] as const;
    await replay([item({ event: event.id }, { set, remove: ['data.media'] })], here);

    const [old, added = ''] = idsOf(history);
    expect(old).toBe(event.id);
    expect(history.attempts(1)).toEqual([]);
    expect(findEvent(history, added)).toMatchObject({
      origin: 'replay',
      repeats: null,
      chat: '491511234567@c.us',
      headers: ['X-One', '1'],
    });
    expect(history.attempts(2)).toMatchObject([{ status: 200, replay: true, number: 1 }]);
    const [request] = target.requests;
    expect(request && jsonOf(request).data).toEqual({
      message: { from: '491511234567@c.us', to: '4930@c.us', type: 'chat', body: 'Bye' },
    });
    expect(request?.headers).toMatchObject({ 'x-one': '1', 'x-eazewa-hooks-event': added });
    expect(entries.map(({ type }) => type)).toEqual(['event', 'attempt']);
    expect(entries[0]).toMatchObject({ id: added, origin: 'replay', duplicateOf: null });
  });

  test('that is compressed is sent as it came, or changed and no longer compressed', async () => {
    const target = await app();
    const { world: here, history } = await world([target.url]);
    const headers = ['Content-Encoding', 'gzip', 'X-One', '1'];
    const body = gzipSync('{"event":"message","data":{"message":{"body":"Hi"}}}');
    const event = newEvent({ headers, body });
    store(history, event);
    const set = [['data.message.body', '"Bye"']] as const;
    await replay([item({ event: event.id }), item({ event: event.id }, { set })], here);
    const [same, changed] = target.requests;
    expect(same?.body.equals(body)).toBe(true);
    expect(same?.headers['content-encoding']).toBe('gzip');
    expect(changed && jsonOf(changed).data).toEqual({ message: { body: 'Bye' } });
    expect(changed?.headers).not.toHaveProperty('content-encoding');
    expect(changed?.headers['x-one']).toBe('1');
  });

  test('whose large body is no longer stored cannot be sent', async () => {
    const target = await app();
    const folder = temporaryFolder();
    const history = await openHistory(`${folder}/history.db`, { limits: { mediaAgeMs: 0 } });
    const big = { event: 'message', data: { media: 'x'.repeat(300_000) } };
    const event = newEvent({ body: Buffer.from(JSON.stringify(big)) });
    // Its age is counted from the newest event.
    store(history, event, newEvent({ at: event.at + 1000 }));
    maintainAll(history, event.at + 1000);
    const { world: here } = await world([target.url], { history });
    const error = await failureOf(replay([item({ event: event.id })], here));
    expect(error).toMatchObject({ exit: 'notFound', code: 'body_dropped' });
    expect(error.hint).toContain('24 hours');
    expect(target.requests).toEqual([]);
    history.close();
  });
});

describe('a body', () => {
  test("becomes an event with the vendor's headers and these very bytes, then is sent", async () => {
    const target = await app();
    const { world: here, history, entries } = await world([target.url], { bodies: 'elided' });
    const text = '{ "instanceId":33, "event":"message_ack", "data":{"ack":2.0} }\n';
    await replay([item({ body: text })], here);
    const [request] = target.requests;
    expect(String(request?.body)).toBe(text);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'WaAPI Webhook User Agent',
      'x-eazewa-hooks-replay': 'true',
    });
    const event = history.event(1);
    expect(event).toMatchObject({ event: 'message_ack', origin: 'replay' });
    expect(String(Buffer.from(event?.body ?? []))).toBe(text);
    expect(history.waitingTargets(1)).toEqual([]);
    expect(entries[0]).toMatchObject({
      type: 'event',
      instanceId: '33',
      body: { event: 'message_ack' },
    });
  });

  test('is made fresh with those that are sent with it, so that their ids fit together', async () => {
    const target = await app();
    const clock = { now: Date.UTC(2030, 0, 1) };
    const { world: here } = await world([target.url], { now: () => clock.now });
    const sent = loadFixture('message_create.sent');
    const read = loadFixture('message_ack.read');
    const items = [sent, read].map((body) => item({ body }, { fresh: true }));
    await replay(items, here);
    const [first, second] = target.requests.map((request) => jsonOf(request).data.message);
    expect(first.id).toEqual(second.id);
    expect(first.id.id).not.toBe((sent.data as { message: typeof first }).message.id.id);
    expect(first.timestamp).toBe(clock.now / 1000);
  });

  test('leaves a value of --set as it was typed, also when it is made fresh', async () => {
    const target = await app();
    const { world: here } = await world([target.url]);
    const set = [['data.message.timestamp', '1700000000']] as const;
    await replay([item({ body: loadFixture('message.chat') }, { set, fresh: true })], here);
    const [message] = target.requests.map((request) => jsonOf(request).data.message);
    expect(message.timestamp).toBe(1_700_000_000);
  });

  test('nested a hundred thousand deep is sent as it is, and refused when it is to be changed', async () => {
    const target = await app();
    const { world: here } = await world([target.url], { bodies: 'elided' });
    const deep = `{"event":"message","data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    await replay([item({ body: deep })], here);
    expect(String(target.requests[0]?.body)).toBe(deep);
    const parts = [{ fresh: true }, { set: [['event', '"qr"']] as const }];
    for (const part of parts) {
      const error = await failureOf(replay([item({ body: deep }, part)], here));
      expect(error).toMatchObject({ exit: 'usage', code: 'nested_too_deep' });
    }
  });
});

describe('a mistake anywhere', () => {
  test.each([
    ['an id that there is not', item({ event: 'evt_zzz' }), 'notFound', 'no_such_event'],
    ['a prefix of several', item({ event: 'evt_a' }), 'notFound', 'ambiguous_id'],
    [
      'a path where nothing is',
      item({ event: 'evt_a1' }, { set: [['data.mesage.body', '1']] }),
      'usage',
      'no_such_path',
    ],
    [
      'a path to remove where nothing is',
      item({ event: 'evt_a1' }, { remove: ['data.x'] }),
      'usage',
      'no_such_path',
    ],
    ['a removed event', item({ event: 'evt_a1' }, { remove: ['event'] }), 'usage', 'not_a_webhook'],
    ['a body that is none', item({ body: '[]' }), 'usage', 'not_a_webhook'],
  ] as const)('is told before anything is sent or kept: %s', async (_, wrong, exit, code) => {
    const target = await app();
    const { world: here, history, entries } = await world([target.url]);
    store(history, newEvent({ id: 'evt_a1' }), newEvent({ id: 'evt_a2' }));
    const good = item({ body: { event: 'ready' } });
    const error = await failureOf(replay([good, wrong], here));
    expect(error).toMatchObject({ exit, code });
    expect(target.requests).toEqual([]);
    expect(entries).toEqual([]);
    expect(history.lastSeq()).toBe(2);
  });

  test('names the candidates of a prefix, and the nearest paths', async () => {
    const { world: here, history } = await world(['http://localhost:1/']);
    store(history, newEvent({ id: 'evt_a1' }), newEvent({ id: 'evt_a2' }));
    const several = await failureOf(replay([item({ event: 'evt_a' })], here));
    expect(several.hint).toContain('evt_a1, evt_a2');
    const set = [['data.mesage.body', '1']] as const;
    const nowhere = await failureOf(replay([item({ event: 'evt_a1' }, { set })], here));
    expect(nowhere.hint).toContain('data.message.body');
  });
});

describe('several', () => {
  test('are sent in order, the next one when the one before is over', async () => {
    let underWay = 0;
    let most = 0;
    const target = await app((_, response) => {
      underWay++;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay--;
        response.end();
      });
    });
    const { world: here } = await world([target.url]);
    const items = [1, 2, 3, 4, 5].map((n) => item({ body: { event: 'message', n } }));
    expect(await replay(items, here)).toMatchObject({ sent: 5, answered: 5 });
    expect(target.requests.map((request) => jsonOf(request).n)).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(1);
  });

  test('are sent when they are due, and not before', async () => {
    const arrived: number[] = [];
    const target = await app((_, response) => {
      arrived.push(performance.now());
      response.end();
    });
    const { world: here } = await world([target.url]);
    const dues = [0, 40, 40, 90];
    const begun = performance.now();
    await replay(
      dues.map((due) => item({ body: { event: 'message' } }, { due })),
      here,
    );
    // Node's timers may fire a millisecond early.
    for (const [index, due] of dues.entries()) {
      expect((arrived[index] ?? 0) - begun).toBeGreaterThanOrEqual(due - 2);
    }
  });

  test('targets each get it once, as an attempt of their own', async () => {
    const [one, other] = [await app(), await app()];
    const { world: here, history } = await world([one.url, other.url]);
    const counts = await replay([item({ body: { event: 'ready' } })], here);
    expect(counts).toMatchObject({ sent: 2, answered: 2 });
    const targets = history.attempts(1).map(({ target, number }) => [target, number]);
    expect(targets.sort()).toEqual(
      [
        [one.url, 1],
        [other.url, 1],
      ].sort(),
    );
  });

  test('of which one has no target: it is stored, and a warning says so', async () => {
    const target = await app();
    const {
      world: here,
      history,
      entries,
    } = await world([], {
      targetsFor: (event) => (event === 'message' ? [target.url] : []),
    });
    const items = ['qr', 'message'].map((event) => item({ body: { event } }));
    expect(await replay(items, here)).toMatchObject({
      sent: 1,
      answered: 1,
      unanswered: 0,
      left: 0,
    });
    expect(target.requests.map((request) => jsonOf(request).event)).toEqual(['message']);
    expect(history.lastSeq()).toBe(2);
    expect(entries[1]).toMatchObject({ type: 'warning', code: 'no_target' });
  });

  test('none of which has a target are refused, and nothing is stored', async () => {
    const { world: here, history } = await world([]);
    const error = await failureOf(replay([item({ body: { event: 'qr' } })], here));
    expect(error).toMatchObject({ exit: 'usage', code: 'no_target' });
    expect(error.hint).toContain('--to');
    expect(history.lastSeq()).toBe(0);
  });
});

describe('a target', () => {
  test('that cannot be reached ends it: no attempt is stored, and earlier ones are', async () => {
    const target = await app();
    const gone = await closedUrl();
    const { world: here, history } = await world([], {
      targetsFor: (event) => [event === 'qr' ? gone : target.url],
    });
    const items = ['message', 'qr', 'message'].map((event) => item({ body: { event } }));
    const error = await failureOf(replay(items, here));
    expect(error).toMatchObject({ exit: 'target', code: 'target_unreachable' });
    expect(error.message).toContain(gone);
    expect(error.message).toContain('connection refused');
    expect(target.requests).toHaveLength(1);
    expect(history.lastSeq()).toBe(2);
    expect(history.attempts(1)).toHaveLength(1);
    expect(history.attempts(2)).toEqual([]);
  });

  test('that does not answer in time has had an attempt, which is not made again; the next is sent', async () => {
    const target = await app((request, response) => {
      if (jsonOf(request).event === 'message') response.end();
    });
    const { world: here, history } = await world([target.url], { timeoutMs: 50 });
    const items = ['qr', 'message'].map((event) => item({ body: { event } }));
    const counts = await replay(items, here);
    expect(counts).toMatchObject({ sent: 2, answered: 1, unanswered: 1, left: 0 });
    expect(history.attempts(1)).toMatchObject([
      { status: null, error: expect.stringContaining('no answer within 0.05 s'), replay: true },
    ]);
    expect(target.requests.map((request) => jsonOf(request).event)).toEqual(['qr', 'message']);
  });

  test('that cuts the connection has had an attempt, which is not made again', async () => {
    const target = await app((_, response) => void response.destroy());
    const { world: here, history } = await world([target.url]);
    const counts = await replay([item({ body: { event: 'message' } })], here);
    expect(counts).toMatchObject({ sent: 1, unanswered: 1 });
    expect(history.attempts(1)).toMatchObject([{ status: null }]);
    expect(target.requests).toHaveLength(1);
  });
});

describe('giving up', () => {
  test('cuts what is under way, stores that attempt, and sends nothing more', async () => {
    const target = await app(() => {});
    const { world: here, history, abort } = await world([target.url]);
    const items = [1, 2, 3].map((n) => item({ body: { event: 'message', n } }));
    const over = replay(items, here);
    await target.received(1);
    abort.abort();
    expect(await over).toMatchObject({ sent: 1, answered: 0, unanswered: 1, left: 2 });
    expect(history.lastSeq()).toBe(1);
    expect(history.attempts(1)).toMatchObject([
      { status: null, error: 'stopped before an answer came' },
    ]);
    expect(target.requests).toHaveLength(1);
  });

  test('does not wait for what is due later', async () => {
    const target = await app();
    const { world: here, abort, history } = await world([target.url]);
    const items = [0, 3_600_000].map((due) => item({ body: { event: 'message' } }, { due }));
    const over = replay(items, here);
    await until(() => history.lastSeq() === 1 && history.attempts(1).length === 1);
    abort.abort();
    expect(await over).toMatchObject({ sent: 1, answered: 1, unanswered: 0, left: 1 });
  });

  test('does not wait for a history that cannot be written', async () => {
    const target = await app();
    const { world: here, abort } = await world([target.url], {
      writer: { event: () => abort.abort(), attempt: () => Promise.reject(new Error('full')) },
    });
    const counts = await replay([item({ body: { event: 'message' } })], here);
    expect(counts).toMatchObject({ sent: 0, answered: 0, unanswered: 0, left: 1 });
    expect(target.requests).toEqual([]);
  });
});
