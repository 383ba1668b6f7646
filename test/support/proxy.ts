/** A proxy between a program and the vendor that holds the nth request. */

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  readonly apiUrl: string;
  /** Resolves when the nth request arrives, or is answered; the proxy holds it until `goOn`. */
  readonly reached: Promise<void>;
  goOn(): void;
  close(): Promise<void>;
}

export async function startProxy(
  apiUrl: string,
  stop: { nth: number; moment: 'arrives' | 'is answered' },
): Promise<Proxy> {
  let count = 0;
  let goOn = () => {};
  const open = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const hold = (nth: number, moment: string) => {
    if (nth !== stop.nth || moment !== stop.moment) return Promise.resolve();
    reach();
    return open;
  };
  const server = createServer(async (request, response) => {
    const nth = ++count;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await hold(nth, 'arrives');
    const { authorization = '', 'content-type': type = 'application/json' } = request.headers;
    const { method = 'GET', url = '' } = request;
    const answer = await fetch(new URL(url, apiUrl), {
      method,
      headers: { authorization, 'content-type': type },
      ...(method === 'GET' ? {} : { body: Buffer.concat(chunks) }),
    });
    const text = await answer.text();
    await hold(nth, 'is answered');
    send(response, answer.status, text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/v1`,
    reached,
    goOn,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(text);
}
