import { describe, expect, test } from 'vitest';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';
import { until } from '../support/until.ts';
import { ask, BODY, head, type Started, start, wire } from './harness.ts';

const whole = (headers: readonly string[] = []) =>
  head([...headers, `Content-Length: ${BODY.length}`]) + BODY;

/** The receiver lives on: a good request is answered. */
async function expectAlive({ port }: Started): Promise<void> {
  expect(await ask(port)).toMatchObject({ status: 200, text: 'ok' });
}

describe('an answer', () => {
  test('comes when the event is stored, and not before', async () => {
    const started = await start({ hold: true });
    const line = await wire(started.port);
    line.send(whole());
    await until(() => started.admitted.length === 1);
    // Another round trip through the same loop: an answer would have come by now.
    await ask(started.port, { method: 'GET' });
    expect(line.text()).toBe('');
    expect(started.admitted[0]?.givenUp()).toBe(false);
    started.admitted[0]?.done();
    await line.said(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nok$/);
  });

  test('comes in the order of the requests on one connection', async () => {
    const { port, admitted } = await start({ hold: true });
    const line = await wire(port);
    line.send(whole(['X-Number: 1']) + whole(['X-Number: 2']));
    await until(() => admitted.length === 2);
    admitted[1]?.done();
    await ask(port, { method: 'GET' });
    expect(line.text()).toBe('');
    admitted[0]?.done();
    await line.said(/200 OK[\s\S]*200 OK/);
  });
});

describe('a request whose client closed the connection', () => {
  test('is given up', async () => {
    const { port, admitted } = await start({ hold: true });
    const line = await wire(port);
    line.send(whole());
    await until(() => admitted.length === 1);
    line.socket.destroy();
    await until(() => admitted[0]?.givenUp());
  });

  test('is given up, and so is every request sent ahead on its connection', async () => {
    const { port, admitted } = await start({ hold: true });
    const line = await wire(port);
    line.send(whole() + whole());
    await until(() => admitted.length === 2);
    line.socket.destroy();
    await until(() => admitted.every(({ givenUp }) => givenUp()));
  });

  test('does no harm when its event is stored all the same', async () => {
    const started = await start({ hold: true });
    const line = await wire(started.port);
    line.send(whole());
    await until(() => started.admitted.length === 1);
    line.socket.destroy();
    await until(() => started.admitted[0]?.givenUp());
    started.admitted[0]?.done();
    const answer = ask(started.port);
    await until(() => started.admitted.length === 2);
    started.admitted[1]?.done();
    expect((await answer).status).toBe(200);
  });
});

describe('a request that comes slowly', () => {
  test('a body that trickles in is waited for', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.socket.setNoDelay(true);
    const text = whole();
    for (let sent = 0; sent < text.length; sent++) {
      line.send(text.slice(sent, sent + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await line.said('200 OK');
    expect(started.admitted[0]?.received.body.toString()).toBe(BODY);
  });

  test('is closed without an answer in the end, since the vendor never repeats an answered request', async () => {
    const started = await start({ requestMs: 50 });
    const line = await wire(started.port);
    line.send(head([`Content-Length: ${BODY.length}`]) + BODY.slice(1));
    await line.closed();
    expect(line.text()).toBe('');
    expect(started.closed).toEqual([['too-slow', 1]]);
    await expectAlive(started);
  });
});

describe('the memory for bodies', () => {
  test('has room for small events beside uploads of 64 MiB that stall', async () => {
    const started = await start();
    const heads = [[`Content-Length: ${LARGEST_BODY}`], ['Transfer-Encoding: chunked']];
    for (let i = 0; i < 8; i++) {
      const line = await wire(started.port);
      line.send(`${head(heads[i % 2] ?? [])}1\r\n{\r\n`);
    }
    await expectAlive(started);
    expect(await ask(started.port, { chunked: true })).toMatchObject({ status: 200 });
  });

  /** A webhook of that many bytes: white space is read quickly. */
  const large = (bytes: number) => Buffer.alloc(bytes, BODY.padEnd(bytes));

  test('is freed by each body, whole or broken off', async () => {
    const { port, admitted } = await start();
    const body = large(60 * 1024 * 1024);
    for (let i = 0; i < 5; i++) {
      const line = await wire(port);
      line.send(head([`Content-Length: ${body.length}`]));
      line.send(body.subarray(0, body.length / 2));
      await until(() => line.socket.writableLength === 0);
      line.socket.destroy();
      expect((await ask(port, { body })).status).toBe(200);
      admitted.length = 0;
    }
  });

  test('is used by a body until its request is answered', async () => {
    const { port, admitted } = await start({ hold: true });
    const line = await wire(port);
    const body = large(60 * 1024 * 1024);
    for (let i = 0; i < 5; i++) {
      line.send(head([`Content-Length: ${body.length}`]));
      line.send(body);
    }
    await until(() => admitted.length === 4);
    for (let i = 0; i < 20; i++) await ask(port, { method: 'GET' });
    expect(admitted).toHaveLength(4);
    admitted[0]?.done();
    await until(() => admitted.length === 5);
  });
});

describe('a burden of connections', () => {
  test('leaves events answered at once: 40 uploads that stall and 400 idle connections', async () => {
    const started = await start();
    const { port } = started;
    await Promise.all(Array.from({ length: 400 }, () => wire(port)));
    const stalled = await Promise.all(Array.from({ length: 40 }, () => wire(port)));
    for (const line of stalled) line.send(`${head([`Content-Length: ${LARGEST_BODY}`])}{`);
    const body = JSON.stringify({ event: 'message', data: { x: 'A'.repeat(2000) } });
    const times: number[] = [];
    for (let i = 0; i < 100; i++) {
      const since = performance.now();
      expect((await ask(port, { body })).status).toBe(200);
      times.push(performance.now() - since);
    }
    expect(times.sort((a, b) => a - b)[98]).toBeLessThan(1000);
  });
});

describe('closing', () => {
  test('lets a running request end', async () => {
    const { receiver, port, admitted } = await start({ hold: true });
    const answer = ask(port);
    await until(() => admitted.length === 1);
    const closed = receiver.close(10_000);
    await expect(ask(port, { method: 'GET' })).rejects.toThrow('ECONNREFUSED');
    admitted[0]?.done();
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('cuts requests that have not ended after the grace time', async () => {
    const { receiver, port, admitted } = await start({ hold: true });
    const answer = ask(port);
    const cut = expect(answer).rejects.toThrow('socket hang up');
    await until(() => admitted.length === 1);
    await receiver.close(20);
    await cut;
    await until(() => admitted[0]?.givenUp());
  });

  test('does not wait for idle connections', async () => {
    const { receiver, port } = await start();
    const line = await wire(port);
    line.send(whole());
    await line.said('200 OK');
    await receiver.close(60_000);
    await line.closed();
  });

  test('does not wait for a connection that has just become idle', async () => {
    const { receiver, port, admitted } = await start({ hold: true });
    const line = await wire(port);
    line.send(whole());
    await until(() => admitted.length === 1);
    const closed = receiver.close(60_000);
    admitted[0]?.done();
    await line.said('200 OK');
    await closed;
  });
});

describe('a receiver that retires', () => {
  test('ends each connection with its answer, and leaves idle ones open until it closes', async () => {
    const { receiver, port, admitted } = await start({ hold: true });
    const [idle, busy, late] = [await wire(port), await wire(port), await wire(port)];
    for (const line of [idle, busy]) line.send(whole());
    await until(() => admitted.length === 2);
    admitted[0]?.done();
    await idle.said(/200 OK[\s\S]*Connection: keep-alive/i);
    receiver.retire();
    admitted[1]?.done();
    await busy.said(/200 OK[\s\S]*Connection: close/i);
    await busy.closed();
    late.send(head(['Content-Length: 0'], '/nowhere'));
    await late.said(/404[\s\S]*Connection: close/i);
    expect([idle.socket.destroyed, idle.socket.readableEnded]).toEqual([false, false]);
    await receiver.close(60_000);
    await idle.closed();
  });

  test('answers requests that were sent ahead before it ends their connection', async () => {
    const { receiver, port, admitted } = await start({ hold: true });
    const line = await wire(port);
    line.send(whole() + whole());
    await until(() => admitted.length === 2);
    receiver.retire();
    admitted[0]?.done();
    await line.said(/200 OK[\s\S]*Connection: keep-alive/i);
    admitted[1]?.done();
    await line.said(/200 OK[\s\S]*200 OK[\s\S]*Connection: close/i);
    await line.closed();
  });
});

describe('the number of connections', () => {
  test('is bounded: one more is closed and counted, and the others are answered', async () => {
    const { port, admitted, closed } = await start({ hold: true, mostConnections: 2 });
    const lines = [await wire(port), await wire(port)];
    for (const line of lines) line.send(whole());
    await until(() => admitted.length === 2);
    const third = await wire(port);
    await until(() => third.socket.destroyed);
    expect(closed).toEqual([['too-many', 1]]);
    for (const one of admitted) one.done();
    await Promise.all(lines.map((line) => line.said(/200 OK/)));
  });

  test('does not count idle connections: each carries one request', async () => {
    const started = await start({ mostConnections: 2 });
    for (let i = 0; i < 5; i++) {
      const line = await wire(started.port);
      line.send(whole());
      await line.said(/200 OK[\s\S]*Connection: close[\s\S]*ok$/i);
      await until(() => line.socket.destroyed || line.socket.readableEnded);
    }
    await expectAlive(started);
    expect(started.closed).toEqual([]);
  });
});
