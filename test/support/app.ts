/** The developer's app, for tests: a real server on loopback that records every request. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface AppRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface App {
  readonly port: number;
  readonly url: string;
  readonly requests: AppRequest[];
  /** Resolves when so many requests came in. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts an app that answers by `answer` (200 and `ok` without one), closed at the end of the test. */
export async function startApp(
  answer: (request: AppRequest, response: ServerResponse) => void = (_, response) =>
    void response.end('ok'),
  port = 0,
): Promise<App> {
  const requests: AppRequest[] = [];
  let waiters: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders, headers } = request;
      const seen = { method, url, rawHeaders, headers, body: Buffer.concat(chunks) };
      requests.push(seen);
      answer(seen, response);
      for (const { resolve } of waiters.filter(({ count }) => requests.length >= count)) resolve();
      waiters = waiters.filter(({ count }) => requests.length < count);
    });
  });
  await listening(server, port);
  const bound = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    requests,
    received: (count) =>
      requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiters.push({ count, resolve })),
    close,
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
