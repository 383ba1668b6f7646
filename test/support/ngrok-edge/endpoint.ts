/** An endpoint of the stand-in edge: one public url, which leads into an agent's tunnel while one is bound. */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** A tunnel that an agent has bound. */
export interface Bound {
  readonly id: string;
  readonly token: string;
  /** Opens a stream to the agent, on which the bytes of one connection go. */
  connect(clientAddress: string): Duplex;
  /** Nothing comes through it any more: another may take its place. */
  dead: boolean;
}

/** One request that came to a public url, and who answered it. */
export interface Answered {
  /** When the answer went out, ms since 1970. */
  readonly at: number;
  readonly url: string;
  readonly body: Buffer;
  readonly status: number;
  /** Null where the edge answered in the app's place. */
  readonly by: 'app' | 'edge';
}

export interface Endpoint {
  readonly url: string;
  bound: Bound | null;
  /** What was sent into a tunnel that is gone is answered by the edge. */
  cut(bound: Bound): void;
  close(): Promise<void>;
}

export interface EndpointOptions {
  answered(answer: Answered): void;
  /** How long a request waits before it is sent into the tunnel. */
  delay(): Promise<void>;
  /** The first part of a request has gone into the tunnel. */
  begun(): void;
  /** The most connections into a tunnel at one time; what is over waits. */
  readonly mostStreams: number;
}

/** Starts an endpoint on a port of its own. */
export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const underWay = new Map<Bound, Set<Duplex>>();
  const queue: (() => void)[] = [];
  let streams = 0;

  const turn = () =>
    new Promise<void>((resolve) => {
      if (streams < options.mostStreams) resolve();
      else queue.push(resolve);
      streams++;
    });
  const over = () => {
    streams--;
    queue.shift()?.();
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const done = (status: number, by: 'app' | 'edge') =>
      options.answered({ at: Date.now(), url: incoming.url ?? '', body, status, by });
    const refuse = (status: number, code: string) => {
      if (response.headersSent) return void response.destroy();
      done(status, 'edge');
      response.writeHead(status, { 'ngrok-error-code': code, 'content-type': 'text/plain' });
      response.end(`${code}\n`);
    };
    await options.delay();
    await turn();
    const { bound } = endpoint;
    if (bound === null) {
      over();
      return refuse(404, 'ERR_NGROK_3200');
    }
    const stream = bound.connect(`127.0.0.1:${incoming.socket.remotePort}`);
    const mine = underWay.get(bound) ?? new Set();
    underWay.set(bound, mine.add(stream));
    stream.once('close', () => {
      mine.delete(stream);
      over();
    });
    const passedOn = request({
      createConnection: () => stream,
      method: incoming.method,
      path: incoming.url,
      headers: [...withoutConnection(incoming.rawHeaders), 'X-Forwarded-Proto', 'https'],
    });
    passedOn.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutConnection(answer.rawHeaders));
      answer.pipe(response);
      answer.on('end', () => {
        done(answer.statusCode ?? 502, 'app');
        stream.destroy();
      });
      answer.on('error', () => response.destroy());
    });
    passedOn.on('error', () => {
      stream.destroy();
      refuse(502, 'ERR_NGROK_3004');
    });
    response.on('close', () => stream.destroy());
    passedOn.end(body);
    setImmediate(options.begun);
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: Endpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bound: null,
    cut(bound) {
      for (const stream of underWay.get(bound) ?? []) stream.destroy(new Error('cut'));
      underWay.delete(bound);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return endpoint;
}

function withoutConnection(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2);
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) kept.push(name, value);
  }
  return kept;
}
