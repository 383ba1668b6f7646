/**
 * The tunnel between vendor and listener, which counts the events that were acknowledged. As tunnels do,
 * it answers 502 where no listener is. Every other path is a server that takes what it is sent.
 */

import { createHash } from 'node:crypto';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { serve } from './server.ts';

/** Bodies by their digest, with how many there are of each. */
export type Bodies = Map<string, number>;

export interface Tunnel {
  readonly url: string;
  /** The port on which the listener behind it has to receive. */
  readonly port: number;
  /** The bodies that were answered with 200. */
  readonly acknowledged: Bodies;
  close(): Promise<void>;
}

/** Opens one. */
export async function startTunnel(): Promise<Tunnel> {
  const port = await freePort();
  const acknowledged: Bodies = new Map();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { url, close } = await serve(async (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '', 'http://tunnel');
    const body = await buffer(incoming);
    if (!/^\/(webhooks|_probe)\//.test(pathname)) return void response.end('ok');
    const status = await pass(incoming, body, response, { port, agent });
    if (status === 200 && incoming.method === 'POST') count(acknowledged, body);
  });
  return {
    url,
    port,
    acknowledged,
    async close() {
      agent.destroy();
      await close();
    },
  };
}

/** Counts one more of a body. */
export function count(bodies: Bodies, body: Uint8Array): void {
  const digest = createHash('sha256').update(body).digest('base64');
  bodies.set(digest, (bodies.get(digest) ?? 0) + 1);
}

/** Passes a request on and its answer back. Resolves to the status. */
function pass(
  { method, url: path, headers: had }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  to: { port: number; agent: Agent },
): Promise<number> {
  const { connection: _, 'transfer-encoding': __, ...headers } = had;
  return new Promise((resolve) => {
    const fail = () => {
      if (!response.headersSent) response.writeHead(502);
      response.end();
      resolve(502);
    };
    const asked = request(
      {
        host: '127.0.0.1',
        method,
        path,
        headers: { ...headers, 'content-length': body.length },
        ...to,
      },
      (answer) => {
        answer.on('error', fail).on('end', () => resolve(answer.statusCode ?? 500));
        response.writeHead(answer.statusCode ?? 500);
        answer.pipe(response);
      },
    );
    asked.on('error', fail);
    asked.end(body);
  });
}

/** A port that nobody listens on, and that the system gives to no outgoing connection. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}
