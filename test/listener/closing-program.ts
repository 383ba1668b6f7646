/**
 * Runs listeners to their ends, one after the other, and prints what each leaves open. A process of
 * its own: the test runner has timers and sockets that come and go.
 */

import { randomBytes } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseTarget } from '../../src/delivery/target.ts';
import type { FeedEntry } from '../../src/feed/feed.ts';
import type { Ending } from '../../src/listener/options.ts';
import { type ListenerHandle, runListener } from '../../src/listener/run.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { listenerOptions, type Overrides } from './options.ts';

/** How a listener ended, and the kinds of resources that it left open. */
export type Found = Record<string, { end: Ending | string; open: string[] }>;

interface Life {
  readonly options?: Overrides;
  readonly onFeed?: (entry: FeedEntry, listener: ListenerHandle, simulator: Simulator) => void;
  /** Called before each request to the vendor goes on its way. */
  readonly onAsked?: (number: number, listener: ListenerHandle) => void;
}

const [folder = ''] = process.argv.slice(2);

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function live(name: string, { options, onFeed, onAsked }: Life): Promise<Found[string]> {
  const simulator = await startSimulator({
    port: 0,
    apiToken: 'token',
    instances: [{ id: '33', webhook: { url: null, events: ['message'] } }],
    random: randomBytes,
    now: Date.now,
  });
  let asked = 0;
  const vendor = createServer(async (incoming, response) => {
    const body = await buffer(incoming);
    onAsked?.(++asked, listener);
    const { method = '', url = '', headers } = incoming;
    const onward = { method, headers: { ...headers, connection: 'close' }, agent: false };
    request(new URL(url, simulator.apiUrl), onward, (answer) => {
      response.writeHead(answer.statusCode ?? 500, { 'content-type': 'application/json' });
      answer.pipe(response);
    }).end(body);
  });
  const app = createServer((incoming, response) => {
    incoming.resume();
    response.end();
  });
  const apiUrl = `http://127.0.0.1:${await listening(vendor)}/api/v1`;
  const targets = [parseTarget(`127.0.0.1:${await listening(app)}`)];
  const before = process.getActiveResourcesInfo();
  const listener = runListener(
    listenerOptions(apiUrl, 'token', join(folder, name), { ...options, forwarding: { targets } }),
    async (entries) => {
      for (const entry of entries) onFeed?.(entry, listener, simulator);
    },
    { now: Date.now, random: randomBytes },
  );
  const end = await listener.stopped.catch((error: { code?: string }) => String(error.code));
  const left = () => {
    const open = process.getActiveResourcesInfo();
    for (const kind of before) if (open.includes(kind)) open.splice(open.indexOf(kind), 1);
    return open;
  };
  // Sockets take a few turns of the loop to close. Idle ones that were forgotten take half a second.
  for (let turn = 0; turn < 200 && left().length > 0; turn++) await new Promise(setImmediate);
  const open = left();
  await simulator.close();
  for (const server of [vendor, app]) {
    server.close();
    server.closeAllConnections();
  }
  return { end, open };
}

const found: Found = {};
found.whole = await live('whole', {
  onFeed({ type }, listener, simulator) {
    if (type === 'ready') simulator.emit('33', { event: 'message', instanceId: 33, data: {} });
    if (type === 'attempt') listener.stop();
  },
});
for (const at of [1, 2, 3, 4]) {
  found[at] = await live(`at-${at}`, {
    onAsked(number, listener) {
      if (number === at) listener.stop();
    },
  });
}
const taken = createServer();
found.port = await live('port', { options: { receiver: { port: await listening(taken) } } });
taken.close();
console.log(JSON.stringify(found));
