import { describe, expect, test } from 'vitest';
import { LARGEST_BODY } from '../../src/eazewa/request.ts';
import { until } from '../support/until.ts';
import { ask, BODY, head, PATH, type Started, start, wire } from './harness.ts';

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

describe('a request whose client went away', () => {
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

describe('a malformed request', () => {
  const garbage: [string, string | Uint8Array][] = [
    ['text', 'hello?\r\n\r\n'],
    ['bytes', Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x00, 0x0d, 0x0a, 0x0d, 0x0a])],
    ['an HTTP version of tomorrow', `POST ${PATH} HTTP/9.9\r\nHost: x\r\n\r\n`],
    ['two lengths', head(['Content-Length: 5', 'Content-Length: 6'])],
    ['a length that is no number', head(['Content-Length: 0x10'])],
    ['a length and chunks', head(['Content-Length: 5', 'Transfer-Encoding: chunked'])],
    ['a chunk of no size', `${head(['Transfer-Encoding: chunked'])}zz\r\n`],
    ['a header without a name', head([': x'])],
  ];
  test.each(garbage)('%s on the socket is answered 400 and closed', async (_, bytes) => {
    const started = await start();
    const line = await wire(started.port);
    line.send(bytes);
    await line.said(/^HTTP\/1\.1 400 /);
    await line.closed();
    expect(started.admitted).toEqual([]);
    await expectAlive(started);
  });

  test('headers over 32 KiB are answered 431', async () => {
    const started = await start();
    const line = await wire(started.port);
    line.send(head([`X-Large: ${'x'.repeat(40 * 1024)}`]));
    await line.said(/^HTTP\/1\.1 431 /);
    await expectAlive(started);
  });

  test('a body that breaks off is no event', async () => {
    const started = await start();
    for (const headers of [['Content-Length: 100'], ['Transfer-Encoding: chunked']]) {
      const line = await wire(started.port);
      line.send(`${head(headers)}1\r\n{\r\n`);
      line.socket.end();
      await line.closed();
    }
    await expectAlive(started);
    expect(started.admitted).toHaveLength(1);
  });

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
});

describe('a request that takes too long', () => {
  test('is closed without an answer, since the vendor never repeats an answered request', async () => {
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
  const claim = head([`Content-Length: ${LARGEST_BODY}`]);

  /** Four bodies of 64 MiB that do not come: all the memory there is. */
  async function fill({ port }: Started) {
    const lines = await Promise.all([1, 2, 3, 4].map(() => wire(port)));
    for (const line of lines) line.send(`${claim}{`);
    return lines;
  }

  test('is bounded: a body is not read until there is room for it', async () => {
    const started = await start();
    const lines = await fill(started);
    // Requests are told apart before their bodies are read: this one comes after those four.
    await ask(started.port, { method: 'GET' });
    const waiting = await wire(started.port);
    waiting.send(whole());
    await ask(started.port, { method: 'GET' });
    expect(started.admitted).toEqual([]);
    lines[0]?.socket.destroy();
    await waiting.said('200 OK');
  });

  test('counts a chunked body as one of the largest size', async () => {
    const started = await start();
    const lines = await Promise.all([1, 2, 3, 4].map(() => wire(started.port)));
    for (const line of lines) line.send(`${head(['Transfer-Encoding: chunked'])}1\r\n{\r\n`);
    await ask(started.port, { method: 'GET' });
    const waiting = await wire(started.port);
    waiting.send(whole());
    await ask(started.port, { method: 'GET' });
    expect(started.admitted).toEqual([]);
    lines[0]?.socket.destroy();
    await waiting.said('200 OK');
  });

  test('is used by a body until its request is answered', async () => {
    const started = await start({ hold: true });
    for (const _ of [1, 2, 3, 4]) void ask(started.port, { chunked: true }).catch(() => {});
    await until(() => started.admitted.length === 4);
    const waiting = ask(started.port);
    await ask(started.port, { method: 'GET' });
    expect(started.admitted).toHaveLength(4);
    started.admitted[2]?.done();
    await until(() => started.admitted.length === 5);
    started.admitted[4]?.done();
    expect((await waiting).status).toBe(200);
  });

  test('is freed when a client goes away, reading or waiting', async () => {
    const started = await start();
    for (const _ of [1, 2, 3, 4, 5]) {
      const lines = await fill(started);
      const waiting = await wire(started.port);
      waiting.send(claim);
      await ask(started.port, { method: 'GET' });
      waiting.socket.destroy();
      await ask(started.port, { method: 'GET' });
      for (const { socket } of lines) socket.destroy();
    }
    await expectAlive(started);
  });

  test('is freed when a client that sent requests ahead goes away', async () => {
    const started = await start({ hold: true });
    for (let round = 1; round <= 5; round++) {
      const line = await wire(started.port);
      line.send(`${whole()}${claim}{`);
      await until(() => started.admitted.length === round);
      await ask(started.port, { method: 'GET' });
      line.socket.destroy();
      await until(() => started.admitted[round - 1]?.givenUp());
    }
    const answer = ask(started.port);
    await until(() => started.admitted.length === 6, 'a request after five that went away');
    started.admitted[5]?.done();
    expect((await answer).status).toBe(200);
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
