import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  ask,
  BODY,
  fakeWaiting,
  head,
  pass,
  type Started,
  start,
  type Wire,
  wire,
} from './harness.ts';

const REQUEST = head([`Content-Length: ${BODY.length}`]) + BODY;
const OTHER = '/webhooks/whatsapp/another-token';

beforeEach(fakeWaiting);

/** Sends bytes, and waits until the receiver has read them. */
async function sent({ port }: Started, line: Wire, bytes: string): Promise<void> {
  line.send(bytes);
  await ask(port, { method: 'GET' });
}

describe('a request that stalls', () => {
  test.each([
    ['a body of a declared length', `${head(['Content-Length: 100'])}{`],
    ['a body in chunks', `${head(['Transfer-Encoding: chunked'])}1\r\n{\r\n`],
    ['a body that waits for 100 Continue', head(['Expect: 100-continue', 'Content-Length: 9'])],
    ['a head', 'POST /webh'],
  ])('%s is closed unanswered after 15 s, and told once', async (_, bytes) => {
    const started = await start();
    const lines = await Promise.all([wire(started.port), wire(started.port), wire(started.port)]);
    for (const line of lines) await sent(started, line, bytes);
    await pass(13_000);
    expect(lines.some(({ socket }) => socket.destroyed)).toBe(false);
    await pass(4000);
    await Promise.all(lines.map((line) => line.closed()));
    expect(lines.map((line) => line.text().replace(/^.* 100 .*\r\n\r\n/, ''))).toEqual([
      '',
      '',
      '',
    ]);
    expect(started.closed).toEqual([['too-slow', 3]]);
    expect((await ask(started.port)).status).toBe(200);
  });

  test('is closed after a request that was answered, too', async () => {
    const started = await start();
    const line = await wire(started.port);
    await sent(started, line, REQUEST);
    await pass(60_000);
    await sent(started, line, REQUEST.slice(0, -1));
    await pass(17_000);
    await line.closed();
    expect(started.closed).toEqual([['too-slow', 1]]);
  });

  test('is waited for as long as its body goes on', async () => {
    const started = await start();
    const line = await wire(started.port);
    for (let at = 0; at < REQUEST.length; at += 40) {
      await sent(started, line, REQUEST.slice(at, at + 40));
      await pass(at < REQUEST.length - BODY.length ? 1000 : 14_000);
    }
    await line.said('200 OK');
    expect(started.closed).toEqual([]);
  });

  test('is not told where its answer has ended the connection', async () => {
    const started = await start();
    // A client that does not close its own side.
    const socket = connect({ port: started.port, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    socket.resume().write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'end');
    await pass(17_000);
    expect(started.rejected).toHaveLength(1);
    expect(started.closed).toEqual([]);
  });

  test('gets 15 s for its head, even where the head goes on', async () => {
    const started = await start();
    const line = await wire(started.port);
    for (let second = 0; second < 17; second++) {
      await sent(started, line, 'POST /webhooks/whatsapp'.charAt(second));
      await pass(1000);
    }
    await line.closed();
    expect(started.closed).toEqual([['too-slow', 1]]);
  });

  test('is not told where it was refused: it has its answer', async () => {
    const started = await start();
    const line = await wire(started.port);
    await sent(started, line, head(['Content-Length: 100'], OTHER));
    await line.said('401');
    await pass(17_000);
    await line.closed();
    expect(started.closed).toEqual([]);
  });
});

describe('an idle connection', () => {
  test('stays open, used before or not, and nothing is told', async () => {
    const started = await start();
    const [unused, used] = [await wire(started.port), await wire(started.port)];
    await sent(started, used, REQUEST);
    await pass(500_000);
    for (const line of [unused, used]) {
      line.send(REQUEST);
      await line.said(/200 OK[\s\S]*Keep-Alive: timeout=600/);
    }
    expect(started.closed).toEqual([]);
  });

  test('is closed for a new one where there are too many, the one idle for longest first', async () => {
    const started = await start({ mostConnections: 3 });
    const lines = [await wire(started.port), await wire(started.port), await wire(started.port)];
    lines[0]?.send('POST /webh');
    await until(() => lines[0]?.socket.bytesWritten === 10);
    await pass(2000);
    expect((await ask(started.port)).status).toBe(200);
    await lines[1]?.closed();
    expect(started.closed).toEqual([['idle', 1]]);
    expect(lines[2]?.socket.destroyed).toBe(false);
  });

  test('is not closed for a new one in its first second: its request may be on its way', async () => {
    const started = await start({ mostConnections: 2 });
    const lines = [await wire(started.port), await wire(started.port)];
    const third = await wire(started.port);
    await third.closed();
    expect(started.closed).toEqual([['too-many', 1]]);
    for (const line of lines) line.send(REQUEST);
    await Promise.all(lines.map((line) => line.said('200 OK')));
  });
});
