/** The vendor's API for client tests: a server with given answers that records every request. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A received request. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer: JSON with status and headers, or a function for the raw response. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; json?: unknown; body?: string }
  | ((response: ServerResponse) => void);

/** Answers with each reply in turn and then repeats the last one, until the test ends. */
export async function vendorStub(...replies: Reply[]) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    seen.push({ method, path, headers, body: await text(request) });
    const reply = replies[Math.min(seen.length, replies.length) - 1];
    if (reply === undefined) response.destroy();
    else if (typeof reply === 'function') reply(response);
    else {
      response.writeHead(reply.status ?? 200, {
        'content-type': reply.body === undefined ? 'application/json' : 'text/html',
        ...reply.headers,
      });
      response.end(reply.body ?? JSON.stringify(reply.json ?? {}));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => server.close(() => done()));
  };
  onTestFinished(close);
  return { seen, port, apiUrl: `http://127.0.0.1:${port}/api/v1`, close };
}
