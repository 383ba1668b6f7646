import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { createForwarder, type ForwarderOptions } from '../../src/delivery/forwarder.ts';
import { parseRoute, targetsFor } from '../../src/delivery/target.ts';
import { createTurns } from '../../src/delivery/turns.ts';
import { dismissWaiting } from '../../src/history/dismiss.ts';
import type { NewAttempt, NewEvent } from '../../src/history/history.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { createWriter } from '../../src/history/writer.ts';
import { type App, type AppRequest, startApp } from '../support/app.ts';
import { app, closedPort, tcpServer, temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';

const RETRY_MS = 15;
const FRESH_MS = 10 * 60_000;

/** What an app was sent, as its body says: `chat:number`. */
const said = ({ requests }: App) => requests.map(({ body }) => JSON.parse(String(body)).says);
const numberOf = ({ body }: AppRequest): number =>
  Number(JSON.parse(String(body)).says.split(':')[1]);
const chatOf = ({ body }: AppRequest): string => JSON.parse(String(body)).says.split(':')[0];

type Said = { attempt: NewAttempt; number: number; eventId: string };

/** A forwarder over a real history, and what comes in for it. */
async function setUp(targets: readonly string[], options: Partial<ForwarderOptions> = {}) {
  const folder = temporaryFolder();
  const history = await openHistory(join(folder, 'history.db'));
  const writer = createWriter(history);
  const deliverer = createDeliverer();
  onTestFinished(async () => {
    await forwarder.drain(0);
    writer.close();
    await deliverer.close();
    history.close();
  });
  const clock = { now: Date.now() };
  const warnings: { code: string; message: string }[] = [];
  const attempts: Said[] = [];
  /** The events that were tried, whether or not a connection came about. */
  const tried: string[] = [];
  const triedAt: number[] = [];
  const forwarder = createForwarder({
    history,
    turns: createTurns(),
    deliverer: {
      ...deliverer,
      deliver(delivery) {
        triedAt.push(performance.now());
        tried.push(JSON.parse(Buffer.from(delivery.body).toString()).says);
        return deliverer.deliver(delivery);
      },
    },
    store: (attempt) => writer.attempt(attempt),
    attempted: (attempt, number, eventId) => attempts.push({ attempt, number, eventId }),
    warn: (code, message) => warnings.push({ code, message }),
    show: (url) => url,
    now: () => clock.now,
    headers: [],
    timeoutMs: 60_000,
    retryMs: RETRY_MS,
    freshMs: FRESH_MS,
    after: 0,
    targets,
    ...options,
  });
  let made = 0;
  const newEvent = (chat: string | null, parts: Partial<NewEvent>): NewEvent => {
    made++;
    const says = `${chat}:${made}`;
    return {
      id: `evt_${String(made).padStart(16, '0')}`,
      at: clock.now,
      event: 'message',
      origin: 'live',
      instanceId: '33',
      chat,
      messageId: says,
      ack: null,
      summary: says,
      columns: { text: says, direction: null, name: null },
      duplicateOf: null,
      repeats: null,
      ackWentBack: false,
      issues: [],
      headers: ['Host', 'x.ngrok.app', 'Content-Type', 'application/json'],
      body: Buffer.from(JSON.stringify({ says })),
      waitFor: targets,
      skipped: [],
      ...parts,
    };
  };
  /** An event comes in: it is kept, and its targets are kicked. Gives its `chat:number`. */
  const arrive = (chat: string | null, parts: Partial<NewEvent> = {}) => {
    const event = newEvent(chat, parts);
    writer.event(
      event,
      () => false,
      () => forwarder.kick(event.waitFor),
    );
    return event;
  };
  const stored = (target = targets[0]) =>
    Array.from({ length: history.lastSeq() }, (_, index) => history.attempts(index + 1))
      .flat()
      .filter((attempt) => attempt.target === target);
  const codes = () => warnings.map(({ code }) => code);
  return {
    history,
    writer,
    forwarder,
    clock,
    warnings,
    codes,
    attempts,
    tried,
    triedAt,
    arrive,
    newEvent,
    stored,
  };
}

/** An attempt that somebody made by hand. */
const replayed = (eventSeq: number, target: string): NewAttempt => ({
  eventSeq,
  target,
  replay: true,
  at: 1,
  status: 500,
  error: null,
  durationMs: 1,
  responseHeaders: [],
  responseBody: Buffer.alloc(0),
});

/** Answers that wait until they are let go. */
function gate() {
  const held: { request: AppRequest; response: ServerResponse }[] = [];
  return {
    held,
    hold: (request: AppRequest, response: ServerResponse) => void held.push({ request, response }),
    release(status = 200) {
      for (const { response } of held.splice(0)) {
        response.statusCode = status;
        response.end();
      }
    },
  };
}

describe('the order of events', () => {
  test('is kept within a chat, eight chats are served at once, and never two events of one', async () => {
    const underWay = new Map<string, number>();
    let mostChats = 0;
    let mostOfOne = 0;
    const waiting: (() => void)[] = [];
    const target = await app((request, response) => {
      const chat = chatOf(request);
      underWay.set(chat, (underWay.get(chat) ?? 0) + 1);
      mostOfOne = Math.max(mostOfOne, underWay.get(chat) ?? 0);
      mostChats = Math.max(mostChats, underWay.size);
      waiting.push(() => {
        underWay.delete(chat);
        response.end();
      });
      // Nobody is answered before all eight are there; after that, as they come.
      if (mostChats === 8) for (const answer of waiting.splice(0)) answer();
    });
    const { arrive, attempts } = await setUp([`${target.url}/`]);
    const chats = Array.from({ length: 12 }, (_, index) => `chat${index}`);
    for (let round = 0; round < 5; round++) for (const chat of chats) arrive(chat);
    await until(() => {
      if (waiting.length > 0 && mostChats === 8) for (const answer of waiting.splice(0)) answer();
      return attempts.length === 60;
    });
    expect([mostChats, mostOfOne]).toEqual([8, 1]);
    for (const chat of chats) {
      const numbers = target.requests.filter((request) => chatOf(request) === chat).map(numberOf);
      expect(numbers).toHaveLength(5);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(new Set(said(target)).size).toBe(60);
  });

  test('is that of eight chats at once, and of no ninth', async () => {
    const gated = gate();
    const [target, other] = [await app(gated.hold), await app()];
    const { arrive, attempts } = await setUp([target.url]);
    for (let i = 0; i < 12; i++) arrive(`chat${i}`);
    await until(() => gated.held.length === 8);
    // A ninth, were it sent, would have come before these have gone there and back.
    for (const _ of [1, 2, 3]) await fetch(other.url, { headers: { connection: 'close' } });
    expect(gated.held).toHaveLength(8);
    gated.release();
    await until(() => gated.held.length === 4);
    gated.release();
    await until(() => attempts.length === 12);
  });

  test('a chat that is answered slowly holds up no other', async () => {
    const gated = gate();
    const target = await app((request, response) =>
      chatOf(request) === 'slow' ? gated.hold(request, response) : void response.end(),
    );
    const { arrive, attempts } = await setUp([target.url]);
    arrive('slow');
    await until(() => gated.held.length === 1);
    for (let i = 0; i < 20; i++) arrive('quick');
    arrive('slow');
    await until(() => attempts.length === 20);
    expect(gated.held).toHaveLength(1);
    gated.release();
    await until(() => gated.held.length === 1);
    gated.release();
    await until(() => attempts.length === 22);
  });

  test('events of no chat are in order among themselves', async () => {
    const target = await app();
    const { arrive, attempts } = await setUp([target.url]);
    for (let i = 0; i < 10; i++) arrive(null);
    await until(() => attempts.length === 10);
    expect(target.requests.map(numberOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('an attempt is stored before the next event of its chat is sent', async () => {
    const seen: number[] = [];
    const target = await app((_, response) => {
      seen.push(stored().length);
      response.end();
    });
    const { arrive, stored } = await setUp([target.url]);
    for (let i = 0; i < 5; i++) arrive('a');
    await until(() => seen.length === 5);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test('holds for a backlog longer than what is looked at ahead', async () => {
    const target = await app();
    const { history, newEvent, forwarder, attempts } = await setUp([target.url]);
    const events = Array.from({ length: 1200 }, (_, index) => newEvent(`chat${index % 24}`, {}));
    history.commit({ events, attempts: [] });
    forwarder.kick([target.url]);
    await until(() => attempts.length === 1200);
    for (const chat of ['chat0', 'chat11', 'chat23']) {
      const numbers = target.requests.filter((request) => chatOf(request) === chat).map(numberOf);
      expect(numbers).toHaveLength(50);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });
});

describe('several targets', () => {
  test('each gets every event, and none waits for another', async () => {
    const gated = gate();
    const [quick, slow] = [await app(), await app(gated.hold)];
    const down = `http://127.0.0.1:${await closedPort()}/`;
    const { arrive, attempts, history, forwarder } = await setUp([quick.url, slow.url, down]);
    for (let i = 0; i < 3; i++) arrive('a');
    await until(() => attempts.length === 3 && gated.held.length === 1);
    expect(said(quick)).toEqual(['a:1', 'a:2', 'a:3']);
    expect(history.waitingTargets(1)).toEqual([down, slow.url].sort());
    gated.release();
    await until(() => gated.held.length === 1);
    expect(said(slow)).toEqual(['a:1', 'a:2']);
    expect(forwarder.counts()).toEqual({ forwarded: 4, failed: 0 });
  });

  test('share one read of an event', async () => {
    const [one, other] = [await app(), await app()];
    const reads: number[] = [];
    const { arrive, attempts, history } = await setUp([one.url, other.url], {
      history: {
        event(seq) {
          reads.push(seq);
          return history.event(seq);
        },
        waiting: (...asked) => history.waiting(...asked),
        attemptCount: (seq, target) => history.attemptCount(seq, target),
        countWaiting: (range) => history.countWaiting(range),
      },
    });
    for (let i = 0; i < 20; i++) arrive('a');
    await until(() => attempts.length === 40);
    expect(reads.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test('routes choose by the names of events, with globs', async () => {
    const [messages, rest] = [await app(), await app()];
    const routes = [parseRoute(`message*=${messages.url}/m`), parseRoute(`qr,*_ack=${rest.url}/r`)];
    const { arrive, attempts } = await setUp(routes.map(({ url }) => url));
    const names = ['message', 'message_ack', 'qr', 'ready', 'message_create', 'brand_new'];
    for (const event of names) arrive('a', { event, waitFor: targetsFor(routes, event) });
    await until(() => attempts.length === 5);
    expect(said(messages)).toEqual(['a:1', 'a:2', 'a:5']);
    expect(said(rest)).toEqual(['a:2', 'a:3']);
    expect(messages.requests[0]?.url).toBe('/m');
  });
});

describe('a target that is down', () => {
  test('is waited for: one warning, the oldest alone is retried, then the backlog comes in order, each once', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { arrive, attempts, warnings, codes, tried, history, stored } = await setUp([url]);
    arrive('a');
    await until(() => codes().length === 1);
    for (const chat of ['b', 'a', 'c', 'b']) arrive(chat);
    await until(() => tried.length >= 5);
    expect(new Set(tried)).toEqual(new Set(['a:1']));
    expect(codes()).toEqual(['target_down']);
    expect(warnings[0]?.message).toContain('connection refused');
    expect(history.countWaiting()).toBe(5);
    expect(stored()).toEqual([]);

    const back = await app(undefined, port);
    await until(() => attempts.length === 5);
    expect(said(back)[0]).toBe('a:1');
    expect([...said(back)].sort()).toEqual(['a:1', 'a:3', 'b:2', 'b:5', 'c:4']);
    for (const [first, second] of [
      ['a:1', 'a:3'],
      ['b:2', 'b:5'],
    ] as const) {
      expect(said(back).indexOf(first)).toBeLessThan(said(back).indexOf(second));
    }
    expect(codes()).toEqual(['target_down', 'target_up']);
    expect(history.countWaiting()).toBe(0);
    expect(attempts.map(({ number }) => number)).toEqual([1, 1, 1, 1, 1]);
  });

  test('is retried once in each interval', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const { arrive, triedAt } = await setUp([url]);
    for (const chat of ['a', 'b', 'a']) arrive(chat);
    await until(() => triedAt.length >= 7);
    // The first two were on their way before anybody knew.
    for (const [index, at] of triedAt.entries()) {
      // A timer may fire a fraction of a millisecond early.
      if (index > 1) expect(at - (triedAt[index - 1] ?? 0)).toBeGreaterThan(RETRY_MS - 2);
    }
  });

  test('is retried with the event that came first, whichever chat was retried before', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const { arrive, codes, tried } = await setUp([url]);
    for (const chat of ['a', 'b', 'c']) arrive(chat);
    await until(() => codes().length === 1);
    const first = tried.length;
    await until(() => tried.length >= first + 5);
    expect(new Set(tried.slice(-4))).toEqual(new Set(['a:1']));
  });

  test('that goes again is told again', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { arrive, attempts, codes } = await setUp([url]);
    arrive('a');
    await until(() => codes().length === 1);
    const back = await startApp(undefined, port);
    await until(() => attempts.length === 1);
    await back.close();
    arrive('a');
    await until(() => codes().length === 3);
    expect(codes()).toEqual(['target_down', 'target_up', 'target_down']);
  });

  test('is not sent by itself what waited over ten minutes; that is said, and it waits on', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { arrive, attempts, codes, warnings, clock, history } = await setUp([url]);
    for (const chat of ['a', 'a', 'b']) arrive(chat);
    await until(() => codes().length === 1);
    clock.now += FRESH_MS / 2;
    arrive('a');
    await until(() => history.countWaiting() === 4);
    clock.now += FRESH_MS / 2 + 1;
    await until(() => codes().includes('waited_too_long'));
    expect(warnings.find(({ code }) => code === 'waited_too_long')?.message).toMatch(
      /^3 events .* over 10 min .*events --waiting$/,
    );
    const back = await app(undefined, port);
    await until(() => attempts.length === 1);
    expect(said(back)).toEqual(['a:4']);
    expect(history.countWaiting()).toBe(3);
  });

  test('costs nothing to wait for when nothing waits', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const { arrive, codes, clock, tried, forwarder } = await setUp([url]);
    arrive('a');
    await until(() => codes().length === 1);
    clock.now += FRESH_MS + 1;
    await until(() => codes().includes('waited_too_long'));
    const before = tried.length;
    await forwarder.drain(10 * RETRY_MS);
    expect(tried).toHaveLength(before);
  });
});

describe('a request that was written', () => {
  test('and whose connection broke is a failed attempt, and is not sent again', async () => {
    let requests = 0;
    const { url } = await tcpServer((socket) => {
      socket.once('data', () => {
        requests++;
        socket.resetAndDestroy();
      });
    });
    const { arrive, attempts, stored, history, codes, forwarder } = await setUp([url]);
    const event = arrive('a');
    arrive('a');
    await until(() => attempts.length === 2);
    expect(requests).toBe(2);
    expect(stored()).toMatchObject([
      { eventSeq: 1, status: null, number: 1, replay: false },
      { eventSeq: 2, status: null, number: 1 },
    ]);
    expect(stored()[0]?.error).toMatch(/connection/);
    expect(attempts[0]).toMatchObject({ eventId: event.id, number: 1 });
    expect(history.countWaiting()).toBe(0);
    expect(codes()).toEqual([]);
    expect(forwarder.counts()).toEqual({ forwarded: 0, failed: 2 });
  });

  test('and was not answered in time is a failed attempt, and is not sent again', async () => {
    const gated = gate();
    const target = await app(gated.hold);
    const { arrive, attempts, stored } = await setUp([target.url], { timeoutMs: 50 });
    arrive('a');
    await until(() => attempts.length === 1);
    expect(stored()).toMatchObject([
      { status: null, error: expect.stringContaining('no answer within 0.05 s') },
    ]);
    arrive('a');
    await until(() => attempts.length === 2);
    expect(said(target)).toEqual(['a:1', 'a:2']);
  });

  test.each([301, 404, 422, 500, 503])(
    'and was answered with %i is a failed attempt that keeps the answer, and is not sent again',
    async (status) => {
      const target = await app((_, response) => {
        response.writeHead(status, { 'X-Why': 'because', location: '/elsewhere' });
        response.end('what went wrong');
      });
      const { arrive, attempts, stored, forwarder, history } = await setUp([target.url]);
      arrive('a');
      arrive('a');
      await until(() => attempts.length === 2);
      expect(said(target)).toEqual(['a:1', 'a:2']);
      const [attempt] = stored();
      expect(attempt).toMatchObject({ status, error: null, number: 1 });
      expect(Buffer.from(attempt?.responseBody ?? []).toString()).toBe('what went wrong');
      expect(attempt?.responseHeaders).toEqual(expect.arrayContaining(['X-Why', 'because']));
      expect(forwarder.counts()).toEqual({ forwarded: 0, failed: 2 });
      expect(history.countWaiting()).toBe(0);
    },
  );

  test.each([200, 201, 204, 299])('and was answered with %i was forwarded', async (status) => {
    const target = await app((_, response) => {
      response.statusCode = status;
      response.end();
    });
    const { arrive, attempts, forwarder } = await setUp([target.url]);
    arrive('a');
    await until(() => attempts.length === 1);
    expect(forwarder.counts()).toEqual({ forwarded: 1, failed: 0 });
  });
});

describe('which events are sent', () => {
  test('only those that came after this listener began', async () => {
    const target = await app();
    const { history, forwarder, newEvent, attempts, arrive } = await setUp([target.url], {
      after: 2,
    });
    history.commit({ events: [newEvent('a', {}), newEvent('b', {})], attempts: [] });
    forwarder.kick([target.url]);
    arrive('a');
    await until(() => attempts.length === 1);
    expect(said(target)).toEqual(['a:3']);
    expect(history.countWaiting()).toBe(2);
  });

  test('only those that are not older than ten minutes', async () => {
    const target = await app();
    const { history, forwarder, clock, newEvent, attempts } = await setUp([target.url]);
    const old = { at: clock.now - FRESH_MS - 1 };
    const young = { at: clock.now - FRESH_MS };
    const events = [newEvent('a', old), newEvent('a', young), newEvent('b', old)];
    history.commit({ events, attempts: [] });
    forwarder.kick([target.url]);
    await until(() => attempts.length === 1);
    expect(said(target)).toEqual(['a:2']);
  });

  test('not those that got too old behind a slow answer, even while the target is up', async () => {
    const gated = gate();
    const target = await app(gated.hold);
    const { arrive, attempts, clock, codes, history } = await setUp([target.url]);
    for (const chat of ['a', 'a', 'a']) arrive(chat);
    await until(() => gated.held.length === 1 && history.countWaiting() === 3);
    clock.now += FRESH_MS + 1;
    gated.release();
    arrive('a');
    await until(() => gated.held.length === 1);
    gated.release();
    await until(() => attempts.length === 2);
    expect(said(target)).toEqual(['a:1', 'a:4']);
    expect(codes()).toEqual(['waited_too_long']);
    expect(history.countWaiting()).toBe(2);
  });

  test('not those that were dismissed, whether they are in a queue or still in history', async () => {
    const gated = gate();
    const target = await app(gated.hold);
    const { arrive, attempts, forwarder, history } = await setUp([target.url]);
    for (const chat of ['a', 'a', 'b', 'b']) arrive(chat);
    await until(() => gated.held.length === 2 && history.countWaiting() === 4);
    const upTo = history.lastSeq();
    forwarder.dismiss(upTo);
    await dismissWaiting(history, upTo);
    expect(history.countWaiting()).toBe(0);
    gated.release();
    arrive('a');
    await until(() => gated.held.length === 1 || attempts.length === 3);
    gated.release();
    await until(() => attempts.length === 3);
    // The two that were under way, and the one that came in afterwards.
    expect(said(target).sort()).toEqual(['a:1', 'a:5', 'b:3']);
  });

  test('not those that were sent by somebody else or deleted meanwhile', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { arrive, codes, attempts, history } = await setUp([url], {
      history: {
        // As if another process had pruned it.
        event: (seq) => (seq === 1 ? null : history.event(seq)),
        waiting: (...asked) => history.waiting(...asked),
        attemptCount: (seq, target) => history.attemptCount(seq, target),
        countWaiting: (range) => history.countWaiting(range),
      },
    });
    arrive('a');
    arrive('a');
    await until(() => codes().length === 1);
    const back = await app(undefined, port);
    await until(() => attempts.length === 1);
    expect(said(back)).toEqual(['a:2']);
  });

  test('not one that was replayed to this target while it waited', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { arrive, codes, attempts, writer, history, stored } = await setUp([url]);
    arrive('a');
    arrive('a');
    arrive('a');
    await until(() => codes().length === 1);
    await writer.attempt(replayed(1, 'http://elsewhere/'));
    await writer.attempt(replayed(2, url));
    const back = await app(undefined, port);
    await until(() => attempts.length === 2);
    expect(said(back)).toEqual(['a:1', 'a:3']);
    expect(history.countWaiting()).toBe(0);
    expect(stored().map(({ eventSeq, replay }) => [eventSeq, replay])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
  });
});

describe('what is sent', () => {
  test('the exact bytes, with the headers in their order, ours added, and those of one connection left out', async () => {
    const target = await app();
    const { arrive, attempts } = await setUp([`${target.url}/hook?a=b`], {
      headers: ['X-Mine', 'yes', 'user-agent', 'Mine', 'x-EAZEWA-hooks-replay-of', 'x'],
    });
    const body = Buffer.from('{"says" :"a:1", "n":1.0,"e":"\\u00e9"}');
    const headers = [
      ...['Host', 'x.ngrok.app', 'X-First', '1', 'Connection', 'keep-alive, X-Hop', 'x-hop', 'no'],
      ...['Content-Length', '5', 'Transfer-Encoding', 'chunked', 'Expect', '100-continue'],
      ...['User-Agent', 'WaAPI', 'Keep-Alive', 'x', 'TE', 'x', 'Upgrade', 'x', 'X-First', '2'],
    ];
    const event = arrive('a', { body, headers });
    await until(() => attempts.length === 1);
    const [request] = target.requests;
    expect(request?.body.equals(body)).toBe(true);
    expect([request?.method, request?.url]).toEqual(['POST', '/hook?a=b']);
    expect(request?.headers.host).toBe(new URL(target.url).host);
    expect(request?.headers['content-length']).toBe(String(body.length));
    const own = ['host', 'connection', 'content-length'];
    const raw = request?.rawHeaders ?? [];
    const kept = raw.filter(
      (_, index) => !own.includes((raw[index - (index % 2)] ?? '').toLowerCase()),
    );
    expect(kept).toEqual([
      ...['X-First', '1', 'X-First', '2', 'X-Mine', 'yes', 'user-agent', 'Mine'],
      ...['x-EAZEWA-hooks-replay-of', 'x'],
      ...['x-eazewa-hooks-event', event.id],
      ...['x-eazewa-hooks-attempt', '1'],
      ...['x-eazewa-hooks-replay', 'false'],
    ]);
  });

  test('as the first attempt on its target, whatever other targets had before', async () => {
    const port = await closedPort();
    const { arrive, codes, attempts, writer } = await setUp([`http://127.0.0.1:${port}/`]);
    arrive('a');
    await until(() => codes().length === 1);
    await writer.attempt(replayed(1, 'http://elsewhere/'));
    const back = await app(undefined, port);
    await until(() => attempts.length === 1);
    expect(back.requests[0]?.headers['x-eazewa-hooks-attempt']).toBe('1');
  });
});

describe('draining', () => {
  test('sends what waits, and resolves when it is stored', async () => {
    const target = await app();
    const { arrive, forwarder, history, stored } = await setUp([target.url]);
    for (let i = 0; i < 20; i++) arrive(`chat${i % 2}`);
    await until(() => history.lastSeq() === 20);
    await forwarder.drain(10_000);
    expect(stored()).toHaveLength(20);
    expect(history.countWaiting()).toBe(0);
  });

  test('aborts after its time what was not answered, and stores it as failed; the rest waits', async () => {
    const gated = gate();
    const target = await app(gated.hold);
    const { arrive, forwarder, history, stored } = await setUp([target.url]);
    for (const chat of ['a', 'a', 'b']) arrive(chat);
    await until(() => gated.held.length === 2);
    await forwarder.drain(30);
    expect(stored()).toMatchObject([
      { eventSeq: 1, status: null, error: 'stopped before an answer came' },
      { eventSeq: 3, status: null, error: 'stopped before an answer came' },
    ]);
    expect(history.countWaiting()).toBe(1);
    expect(forwarder.counts()).toEqual({ forwarded: 0, failed: 2 });
    arrive('c');
    await until(() => history.countWaiting() === 2);
    expect(said(target)).toHaveLength(2);
  });

  test('does not wait for a target that is down', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const { arrive, forwarder, history, codes, tried } = await setUp([url]);
    arrive('a');
    await until(() => codes().length === 1);
    await forwarder.drain(60_000);
    const before = tried.length;
    expect(history.countWaiting()).toBe(1);
    arrive('a');
    await until(() => history.countWaiting() === 2);
    expect(tried).toHaveLength(before);
  });

  test('with nothing to do is over at once', async () => {
    const { forwarder } = await setUp(['http://127.0.0.1:9/']);
    await forwarder.drain(60_000);
    await (await setUp([])).forwarder.drain(60_000);
  });
});

describe('paused', () => {
  test('lets attempts under way end, begins none, and goes on in order, each once', async () => {
    const door = gate();
    const target = await app(door.hold);
    const { forwarder, arrive, history, attempts } = await setUp([target.url]);
    for (const chat of ['a', 'b', 'a', 'b']) arrive(chat);
    await until(() => door.held.length === 2);
    forwarder.pause();
    forwarder.pause();
    expect(forwarder.isPaused()).toBe(true);
    for (const chat of ['a', 'c']) arrive(chat);
    door.release();
    await until(() => attempts.length === 2 && history.lastSeq() === 6);
    await forwarder.drain(1000);
    expect(said(target)).toEqual(['a:1', 'b:2']);
    expect(history.countWaiting()).toBe(4);
  });

  test('and resumed it sends what came meanwhile, in order within a chat', async () => {
    const target = await app();
    const { forwarder, arrive, history, attempts, codes } = await setUp([target.url]);
    forwarder.pause();
    for (let i = 0; i < 40; i++) arrive(`chat${i % 4}`);
    await until(() => history.lastSeq() === 40);
    expect(target.requests).toEqual([]);
    forwarder.resume();
    await until(() => attempts.length === 40);
    expect(forwarder.isPaused()).toBe(false);
    expect(new Set(said(target)).size).toBe(40);
    for (const chat of ['chat0', 'chat1', 'chat2', 'chat3']) {
      const numbers = target.requests.filter((one) => chatOf(one) === chat).map(numberOf);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(codes()).toEqual([]);
  });

  test('with a target that is down, and resumed, it is retried', async () => {
    const port = await closedPort();
    const url = `http://127.0.0.1:${port}/`;
    const { forwarder, arrive, attempts, codes } = await setUp([url]);
    for (const chat of ['a', 'b']) arrive(chat);
    await until(() => codes().includes('target_down'));
    forwarder.pause();
    const back = await app(undefined, port);
    forwarder.resume();
    await until(() => attempts.length === 2);
    expect(said(back)).toEqual(['a:1', 'b:2']);
    expect(codes()).toEqual(['target_down', 'target_up']);
  });

  test('does not let one begin that waited for the turn of a replay', async () => {
    const target = await app();
    const turns = createTurns();
    const { forwarder, arrive, history, attempts } = await setUp([target.url], { turns });
    let over = () => {};
    const replay = turns.take(1, target.url, () => new Promise<void>((done) => (over = done)));
    arrive('a');
    await until(() => history.lastSeq() === 1);
    forwarder.pause();
    over();
    await replay;
    await forwarder.drain(1000);
    expect(target.requests).toEqual([]);
    expect(attempts).toEqual([]);
    expect(history.countWaiting()).toBe(1);
  });

  test('for over ten minutes leaves what waited that long, and says how many', async () => {
    const target = await app();
    const { forwarder, arrive, history, clock, warnings, attempts } = await setUp([target.url]);
    arrive('old', { at: clock.now - FRESH_MS - 1 });
    await until(() => history.lastSeq() === 1);
    forwarder.pause();
    for (let i = 0; i < 1500; i++) arrive(`chat${i % 10}`);
    await until(() => history.lastSeq() === 1501);
    clock.now += FRESH_MS + 1;
    arrive('a');
    await until(() => history.lastSeq() === 1502);
    forwarder.resume();
    await until(() => attempts.length === 1);
    await forwarder.drain(1000);
    expect(said(target)).toEqual(['a:1502']);
    expect(history.countWaiting()).toBe(1501);
    expect(warnings).toEqual([
      {
        code: 'waited_too_long',
        message: expect.stringMatching(/^1500 events waited over 10 min/),
      },
    ]);
  });

  test('counts what became too old meanwhile, whatever was replayed of older events', async () => {
    const target = await app();
    const { forwarder, arrive, history, clock, warnings } = await setUp([target.url]);
    arrive('old', { at: clock.now - FRESH_MS - 1 });
    await until(() => history.lastSeq() === 1);
    forwarder.pause();
    for (const chat of ['a', 'b']) arrive(chat);
    await until(() => history.lastSeq() === 3);
    history.commit({ events: [], attempts: [replayed(1, target.url)] });
    clock.now += FRESH_MS + 1;
    forwarder.resume();
    await forwarder.drain(1000);
    expect(target.requests).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^2 events waited over 10 min/),
    ]);
  });
});

describe('a history that cannot be read for a moment', () => {
  test.each(['event', 'attemptCount', 'waiting'] as const)(
    'loses no event and sends none twice: %s',
    async (call) => {
      const target = await app();
      let failures = 2;
      const failing = <T>(name: string, result: () => T): T => {
        if (name === call && failures-- > 0) throw new Error('disk I/O error');
        return result();
      };
      const { history, arrive, attempts, codes } = await setUp([target.url], {
        history: {
          event: (seq) => failing('event', () => history.event(seq)),
          waiting: (...asked) => failing('waiting', () => history.waiting(...asked)),
          attemptCount: (seq, target) =>
            failing('attemptCount', () => history.attemptCount(seq, target)),
          countWaiting: (range) => history.countWaiting(range),
        },
      });
      arrive('a');
      await until(() => attempts.length === 1);
      expect(said(target)).toEqual(['a:1']);
      expect(codes()).toEqual(['target_down', 'target_up']);
    },
  );
});
