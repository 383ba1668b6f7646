/** The stand-in edge, against the real SDK: were it wrong, all tests that run against it would prove nothing. */

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Listener, type Session, SessionBuilder } from '@ngrok/ngrok';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { type NgrokEdge, startNgrokEdge } from './edge.ts';

let edge: NgrokEdge;
let app: Server;
let arrived: { url: string | undefined; body: Buffer; headers: readonly string[] }[];
const sessions: Session[] = [];

beforeEach(async () => {
  edge = await startNgrokEdge();
  arrived = [];
  app = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    arrived.push({ url: request.url, body, headers: request.rawHeaders });
    response.end(`took ${body.length}`);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await edge.close();
  await Promise.all(sessions.splice(0).map((session) => session.close().catch(() => {})));
  app.closeAllConnections();
  app.close();
});

async function connect(): Promise<Session> {
  const session = await new SessionBuilder()
    .serverAddr(edge.server)
    .caCert(Buffer.from(edge.ca))
    .authtoken('a-token')
    .metadata('of the session')
    .connect();
  sessions.push(session);
  return session;
}

async function bind(session: Session, domain?: string): Promise<Listener> {
  const endpoint = session.httpEndpoint().metadata('of the tunnel');
  if (domain !== undefined) endpoint.domain(domain);
  return endpoint.listenAndForward(`http://127.0.0.1:${(app.address() as AddressInfo).port}`);
}

const post = (body: string | Buffer, url = edge.url) =>
  fetch(`${url}/hook?a=b`, { method: 'POST', body });
const rpcs = () => edge.asked.map(({ rpc }) => rpc);

describe('a session', () => {
  it('says who it is and what it wants', async () => {
    await bind(await connect(), 'my.domain.example');
    expect(rpcs()).toEqual(['auth', 'bind']);
    const [auth, bound] = edge.asked.map(({ request }) => request);
    expect(auth?.Extra).toMatchObject({ AuthToken: 'a-token', Metadata: 'of the session' });
    expect(bound).toMatchObject({
      Opts: { Domain: 'my.domain.example' },
      Extra: { Metadata: 'of the tunnel' },
    });
  });

  it.each([
    ['auth', 'ERR_NGROK_105'],
    ['bind', 'ERR_NGROK_334'],
  ] as const)('is refused at %s with a code', async (step, code) => {
    edge.refuse(step, { code, message: 'Not like this.' });
    const refused = expect(connect().then((session) => bind(session))).rejects;
    await refused.toThrow(/Not like this\..*ERR_NGROK_\d+/s);
    edge.refuse(step, null);
    await bind(await connect());
    expect((await post('x')).status).toBe(200);
  });

  it('is not trusted by another authority', async () => {
    const other = await startNgrokEdge();
    const wrong = new SessionBuilder().serverAddr(edge.server).caCert(Buffer.from(other.ca));
    await expect(wrong.connect()).rejects.toThrow('tls handshake error');
    await other.close();
  });

  it('waits for an edge that says nothing', async () => {
    edge.delay('auth', Number.POSITIVE_INFINITY);
    let over = false;
    void connect().then(
      () => {
        over = true;
      },
      () => {
        over = true;
      },
    );
    await until(() => rpcs().includes('auth'));
    expect(over).toBe(false);
  });
});

describe('a tunnel', () => {
  it('carries the bytes both ways, to the path that was asked for', async () => {
    const listener = await bind(await connect());
    expect(listener.url()).toBe(edge.url);
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    const answer = await post(body);
    expect(await answer.text()).toBe('took 3000000');
    expect(arrived[0]?.url).toBe('/hook?a=b');
    expect(arrived[0]?.body.equals(body)).toBe(true);
    expect(arrived[0]?.headers).toContain('X-Forwarded-Proto');
    expect(edge.answered).toMatchObject([{ status: 200, by: 'app' }]);
  });

  it('takes 600 requests at once, 400 of them at a time', async () => {
    await bind(await connect());
    const answers = await Promise.all(Array.from({ length: 600 }, () => post('x')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(600);
    expect(rpcs()).toEqual(['auth', 'bind']);
  });

  it('answers 404 with the code of an offline endpoint while none is bound', async () => {
    const session = await connect();
    for (const stage of ['before', 'after']) {
      const answer = await post(stage);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('ngrok-error-code')).toBe('ERR_NGROK_3200');
      if (stage === 'before') await (await bind(session)).close();
    }
    expect(edge.answered.map(({ by }) => by)).toEqual(['edge', 'edge']);
  });

  it('is refused while another session has it', async () => {
    await bind(await connect());
    await expect(connect().then(bind)).rejects.toThrow('ERR_NGROK_334');
  });

  it('ends when it is stopped from outside', async () => {
    const listener = await bind(await connect());
    const ended = listener.join().catch(() => {});
    edge.stopTunnels();
    await ended;
    expect((await post('x')).status).toBe(404);
  });
});

describe('a fault', () => {
  it.each(['reset', 'fin', 'goaway'] as const)(
    '%s: the SDK comes back with the same url',
    async (how) => {
      await bind(await connect());
      const { url } = edge;
      edge.drop(how);
      expect((await post('x')).status).toBe(404);
      await until(() => edge.isBound);
      expect((await post('x', url)).status).toBe(200);
      expect(rpcs()).toEqual(['auth', 'bind', 'auth', 'bind']);
      const [first, second] = edge.asked.filter(({ rpc }) => rpc === 'auth');
      expect(second?.request.Extra.Cookie).not.toBe('');
      expect(first?.request.Extra.Cookie).toBe('');
    },
  );

  it('freeze: nothing is answered, and the SDK does not come back', async () => {
    await bind(await connect());
    edge.drop('freeze');
    const answer = post('x').catch(() => null);
    await bind(await connect());
    expect(rpcs()).toEqual(['auth', 'bind', 'auth', 'bind']);
    // What was sent into the frozen one is answered by the edge when another takes its place.
    expect((await answer)?.status).toBe(502);
    expect((await post('x')).status).toBe(200);
  });

  it('down: nobody gets in, and public urls answer 404 until it is up again', async () => {
    await bind(await connect());
    edge.down();
    await expect(connect()).rejects.toThrow('failed to establish tcp connection');
    expect((await post('x')).status).toBe(404);
    await edge.up();
    await bind(await connect());
    expect((await post('x')).status).toBe(200);
  });

  it('a request under way is answered by the edge when its session ends', async () => {
    edge.delay('proxied', 20);
    await bind(await connect());
    app.removeAllListeners('request');
    app.on('request', () => edge.drop('reset'));
    expect((await post('x')).status).toBe(502);
  });

  it('another url: the old one answers 404, and the next bind gets the new one', async () => {
    await bind(await connect());
    const { url } = edge;
    await edge.moveElsewhere();
    expect(edge.url).not.toBe(url);
    expect((await post('x', url)).status).toBe(404);
    const listener = await bind(await connect());
    expect(listener.url()).toBe(edge.url);
  });

  it('more than 510 requests that wait for their answer end the session', async () => {
    await edge.close();
    edge = await startNgrokEdge({ mostStreams: 1000 });
    await bind(await connect());
    const held: ServerResponse[] = [];
    let full = false;
    app.removeAllListeners('request');
    app.on('request', (_, response) => (full ? response.end() : held.push(response)));
    const answers = Array.from({ length: 600 }, () => post('x'));
    await until(() => edge.answered.length > 500);
    full = true;
    for (const response of held) response.end();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 502).length).toBeGreaterThan(500);
    await until(() => edge.isBound);
    expect((await post('x')).status).toBe(200);
  });
});
