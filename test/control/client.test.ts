import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askListener } from '../../src/control/client.ts';
import type { Request } from '../../src/control/protocol.ts';
import { parseTarget } from '../../src/delivery/target.ts';
import type { FeedEntry } from '../../src/feed/feed.ts';
import { runListener } from '../../src/listener/run.ts';
import { API_TOKEN, clientOf, INSTANCE, simulator } from '../listener/harness.ts';
import { listenerOptions } from '../listener/options.ts';
import { startApp } from '../support/app.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { replayOf } from './replay-of.ts';

const OWN = { url: 'http://localhost:9/hooks/wa', events: ['message', 'message_ack'] };
const ALL = { events: [], only: 'all', search: '', limit: 100 } as const;
const MESSAGE = 'false_12025550142@c.us_3EB0AAAA0001';

/** A listener with an app, that has received so many events. */
async function listening({ hasTarget = true } = {}) {
  const vendor = await simulator(OWN);
  const folder = temporaryFolder();
  const app = await startApp((request, response) => {
    const status = String(request.body).includes('fail') ? 500 : 200;
    response.writeHead(status, { 'x-app': 'mine', 'set-cookie': 'secret=1' }).end('an answer');
  });
  const entries: FeedEntry[] = [];
  const listener = runListener(
    listenerOptions(vendor.apiUrl, API_TOKEN, folder, {
      forwarding: { targets: hasTarget ? [parseTarget(`${app.url}/hook`)] : [] },
    }),
    async (batch) => void entries.push(...batch),
    { now: Date.now, random: randomBytes },
  );
  onTestFinished(async () => {
    listener.stop();
    await listener.stopped.catch(() => {});
  });
  const direct = clientOf(vendor.apiUrl);
  await until(() => entries.some(({ type }) => type === 'ready'), 'the listener is ready');
  const { url } = (await direct.getInstance(INSTANCE)).webhook;
  const ids = () => entries.flatMap((entry) => (entry.type === 'event' ? [entry.id] : []));
  return {
    ...listener,
    folder,
    app,
    entries,
    direct,
    ids,
    /** Posts a webhook of this event, and waits until it is in the feed. */
    async receive(event: string, data: unknown): Promise<string> {
      const before = ids().length;
      const body = JSON.stringify({ event, instanceId: INSTANCE, data });
      const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
      const response = await fetch(url ?? '', { method: 'POST', body, headers });
      expect(response.status).toBe(200);
      return until(() => ids()[before], 'the event is in the feed');
    },
  };
}

const message = (body: string, parts = {}) => ({
  message: { id: { _serialized: MESSAGE }, from: '12025550142@c.us', type: 'chat', body, ...parts },
});

describe('a page', () => {
  test('has rows oldest first, with their last attempts, and says whether there are more', async () => {
    const { ask, receive, app, ids } = await listening();
    for (let i = 0; i < 7; i++) await receive('call', { call: { from: '12025550142@c.us', n: i } });
    await app.received(7);
    const last = await until(async () => {
      const page = await ask({ action: 'page', ...ALL, limit: 3 });
      return page.rows.every(({ attempts }) => attempts.length === 1) && page;
    });
    expect(last.isMore).toBe(true);
    expect(last.rows.map(({ event }) => event.id)).toEqual(ids().slice(4));
    expect(last.rows[0]).toMatchObject({
      event: { targets: [{ outcome: 'delivered' }] },
      attempts: [{ status: 200 }],
    });
    expect(last.rows[0]?.event).not.toHaveProperty('body');
    const [, , , , fifth = ''] = ids();
    const before = await ask({ action: 'page', ...ALL, before: fifth, limit: 4 });
    expect(before).toMatchObject({ isMore: false });
    expect(before.rows.map(({ event }) => event.id)).toEqual(ids().slice(0, 4));
    const after = await ask({ action: 'page', ...ALL, after: fifth, limit: 1 });
    expect(after.rows.map(({ event }) => event.id)).toEqual(ids().slice(5, 6));
    expect(after.isMore).toBe(true);
  });

  test('is of what failed, what waits, some names, and words', async () => {
    const { ask, receive, app } = await listening();
    const failed = await receive('message', message('fail, please'));
    const fine = await receive('message_ack', { ack: 3, ...message('zeppelin') });
    await app.received(2);
    const ids = async (query: object) =>
      (await ask({ action: 'page', ...ALL, ...query })).rows.map(({ event }) => event.id);
    await until(async () => (await ids({ only: 'failed' })).length === 1);
    expect(await ids({ only: 'failed' })).toEqual([failed]);
    expect(await ids({ events: ['message_ack'] })).toEqual([fine]);
    expect(await ids({ search: 'zeppel' })).toEqual([fine]);
    await ask({ action: 'forwarding', pause: true });
    const waits = await receive('message', message('later'));
    expect(await ids({ only: 'waiting' })).toEqual([waits]);
  });

  test('before a deleted event is refused in words', async () => {
    const { ask } = await listening();
    const refused = await failureOf(ask({ action: 'page', ...ALL, before: 'evt_gone' }));
    expect(refused.code).toBe('no_such_event');
  });
});

describe('the detail of an event', () => {
  test('has its headers, body, facts, timeline and attempts, and no secret', async () => {
    const { ask, receive, app } = await listening();
    await receive('message_ack', { ack: 3, ...message('early') });
    const id = await receive('message', message('Hello', { body: 'Hello', hasMedia: false }));
    await receive('message_ack', { ack: 1, ...message('Hello') });
    await app.received(3);
    const detail = await until(async () => {
      const found = await ask({ action: 'detail', id });
      return found.attempts.length === 1 && found;
    });
    const header = (name: string) => detail.headers.find((one) => one.name.toLowerCase() === name);
    expect(header('content-type')?.value).toBe('application/json');
    expect(header('authorization')?.value).toBe('***');
    expect(JSON.parse(detail.body)).toMatchObject({ event: 'message' });
    expect(detail.facts).toContainEqual(['from', '12025550142@c.us']);
    expect(detail.timeline.map(({ event, ack, odd }) => [event, ack, odd])).toEqual([
      ['message_ack', 3, 'before the message itself'],
      ['message', null, null],
      ['message_ack', 1, 'after it was read already'],
    ]);
    expect(detail.attempts[0]).toMatchObject({ entry: { status: 200 }, body: 'an answer' });
    expect(detail.attempts[0]?.headers).toContainEqual({ name: 'set-cookie', value: '***' });
  });

  test('of a body of megabytes is cut, and its base64 is left out', async () => {
    const { ask, receive } = await listening({ hasTarget: false });
    const long = await receive('message', message('long words '.repeat(120_000)));
    const media = await receive('message', {
      ...message('m'),
      media: { data: 'QUFB'.repeat(99_999) },
    });
    const detail = await ask({ action: 'detail', id: long });
    expect(detail).toMatchObject({ isCut: true });
    expect(detail.body.length).toBe(256 * 1024);
    expect((await ask({ action: 'detail', id: media })).body).toContain(
      '[base64, 399996 characters]',
    );
    const refused = await failureOf(ask({ action: 'body', id: long }));
    expect(refused.hint).toContain('events show');
  });

  test('in brief has short texts, and nothing of a large body', async () => {
    const { ask, receive, app } = await listening();
    const small = await receive('message', message('small', { body: 'some words '.repeat(3000) }));
    const large = await receive('message', message('large', { body: 'x'.repeat(600_000) }));
    await app.received(2);
    const brief = await ask({ action: 'detail', id: small, brief: true });
    expect(brief.body.length).toBe(16 * 1024);
    expect(brief).toMatchObject({ isCut: true, text: expect.stringMatching(/^some words/) });
    const bare = await ask({ action: 'detail', id: large, brief: true });
    expect(bare).toMatchObject({ isCut: true, body: '', headers: [], text: null, facts: [] });
    expect(bare.event.summary).toContain('xxx');
  });

  test('of a qr event has the code', async () => {
    const { ask, receive } = await listening({ hasTarget: false });
    const id = await receive('qr', { qr: '2@code' });
    expect((await ask({ action: 'detail', id })).qr).toBe('2@code');
  });
});

describe('replaying', () => {
  test('goes to the targets; with another body it is an event of its own', async () => {
    const { ask, receive, app, entries } = await listening();
    const id = await receive('message', message('first'));
    await app.received(1);
    expect(await ask(replayOf({ event: id }))).toEqual({
      sent: 1,
      answered: 1,
      unanswered: 0,
      left: 0,
      statuses: [200],
    });
    const body = JSON.stringify({
      event: 'message',
      instanceId: INSTANCE,
      data: message('second'),
    });
    await ask(replayOf({ body: Buffer.from(body).toString('base64') }));
    expect(app.requests).toHaveLength(3);
    await until(() => entries.some((entry) => entry.type === 'event' && entry.origin === 'replay'));
  });

  test('without a target is refused in words', async () => {
    const { ask, receive } = await listening({ hasTarget: false });
    const id = await receive('message', message('x'));
    expect((await failureOf(ask(replayOf({ event: id })))).code).toBe('no_target');
  });
});

describe('subscribing', () => {
  test('changes what the instance sends, and not what is restored', async () => {
    const { ask, direct, stop, stopped, entries } = await listening();
    expect(await ask({ action: 'subscribe', events: ['qr', 'qr', 'call'] })).toEqual([
      'qr',
      'call',
    ]);
    expect((await direct.getInstance(INSTANCE)).webhook.events).toEqual(['qr', 'call']);
    const set = entries.findLast((entry) => entry.type === 'webhook');
    await until(() => entries.findLast((entry) => entry.type === 'webhook') ?? set);
    stop();
    await stopped;
    expect((await direct.getInstance(INSTANCE)).webhook).toEqual(OWN);
  });

  test('to nothing is refused, and so is a subscription where somebody else has set the webhook', async () => {
    const { ask, direct } = await listening();
    expect((await failureOf(ask({ action: 'subscribe', events: [] }))).code).toBe('no_events');
    const theirs = { url: 'http://127.0.0.1:9/else', events: ['message'] };
    await direct.updateWebhook(INSTANCE, theirs);
    const refused = await failureOf(ask({ action: 'subscribe', events: ['qr'] }));
    expect(refused.code).toBe('changed_elsewhere');
    expect((await direct.getInstance(INSTANCE)).webhook).toEqual(theirs);
  });
});

test('forwarding is paused and resumed, and says how many wait', async () => {
  const { ask, receive, app } = await listening();
  expect(await ask({ action: 'forwarding', pause: null })).toEqual({ isPaused: false, waiting: 0 });
  await ask({ action: 'forwarding', pause: true });
  await receive('message', message('one'));
  await receive('message', message('two'));
  expect(await ask({ action: 'forwarding', pause: null })).toEqual({ isPaused: true, waiting: 2 });
  await ask({ action: 'forwarding', pause: false });
  await app.received(2);
  await until(async () => (await ask({ action: 'forwarding', pause: null })).waiting === 0);
});

test('a listener that is not ready yet, or has stopped, says so', async () => {
  const { ask, stop, stopped } = await listening();
  stop();
  await stopped;
  expect((await failureOf(ask({ action: 'forwarding', pause: null }))).code).toBe('not_running');
});

describe('another command', () => {
  test('gets the answer that the terminal UI gets, to every request', async () => {
    const { ask, folder, receive, app } = await listening();
    const id = await receive('message', message('Hello'));
    await app.received(1);
    await until(async () => (await ask({ action: 'detail', id })).attempts.length === 1);
    const requests: Request[] = [
      { action: 'status' },
      { action: 'change', change: {} },
      { action: 'subscribe', events: ['message', 'qr'] },
      { action: 'forwarding', pause: null },
      { action: 'page', ...ALL },
      { action: 'detail', id },
      { action: 'body', id },
      { action: 'curl', id },
      replayOf({ event: id }),
    ];
    for (const request of requests) {
      const there = await askListener(folder, request);
      expect(there, request.action).toEqual(await ask(request));
    }
  });

  test('is refused what is no request, in words that name the mistake', async () => {
    const { folder } = await listening();
    const wrong = { action: 'page', ...ALL, limit: 'all' } as unknown as Request;
    const refused = await failureOf(askListener(folder, wrong));
    expect(refused).toMatchObject({ exit: 'usage', code: 'request_refused' });
    expect(refused.message).toContain('limit');
  });
});
