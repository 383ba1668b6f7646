/**
 * The tunnel between vendor and listener, which counts the acknowledged events. It answers 502 where no
 * listener is, as tunnels do. Every other path answers 200 to everything.
 */

import { createHash } from 'node:crypto';
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { WEBHOOK_PATH } from '../../src/platform/mask-url.ts';
import { PROOF_PATH } from '../../src/tunnel/proofs.ts';
import { serve } from './server.ts';

/** How often each body occurs, by its digest. */
export type Bodies = Map<string, number>;

export interface Tunnel {
  readonly url: string;
  /** The port on which the listener must receive. */
  readonly port: number;
  /** The bodies that the listener answered with 200. */
  readonly acknowledged: Bodies;
  close(): Promise<void>;
}

/** Starts a tunnel. */
export async function startTunnel(): Promise<Tunnel> {
  const port = await freePort();
  const acknowledged: Bodies = new Map();
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { url, close } = await serve(async (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '', 'http://tunnel');
    const body = await buffer(incoming);
    if (!pathname.startsWith(WEBHOOK_PATH)) return void response.end('ok');
    const status = await pass(incoming, body, response, { port, agent });
    const isEvent = incoming.method === 'POST' && !pathname.startsWith(PROOF_PATH);
    if (status === 200 && isEvent) count(acknowledged, body);
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

/** Passes a request to the listener, and its answer back. Resolves to the status. */
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

/** A free port outside the range that the system uses for outgoing connections. */
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
