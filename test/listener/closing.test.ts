import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bundle, bundle } from '../support/bundle.ts';
import { temporaryFolder } from './harness.ts';

// In a process of its own: the test runner has timers and sockets that come and go.
const PROGRAM = `
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseTarget } from './src/delivery/target.ts';
import { runListener } from './src/listener/run.ts';
import { startSimulator } from './src/simulator/simulator.ts';

const [folder] = process.argv.slice(2);
const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

/** Runs a listener, tells the moments of its life, and gives what it leaves open. */
async function leftBy(name, { onFeed = () => {}, onAsked = () => {}, answer = true, ...options }) {
  const simulator = await startSimulator({
    port: 0,
    apiToken: 'token',
    instances: [{ id: '33', webhook: { url: null, events: ['message'] } }],
    random: randomBytes,
    now: Date.now,
  });
  let asked = 0;
  const api = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    onAsked(++asked, listener);
    const { method, headers } = request;
    const url = new URL(request.url, simulator.apiUrl);
    const { authorization } = headers;
    const type = 'application/json';
    const from = await fetch(url, {
      method,
      headers: { authorization, 'content-type': type, connection: 'close' },
      ...(method === 'PUT' && { body }),
    });
    response.writeHead(from.status, { 'content-type': type }).end(await from.text());
  });
  const app = createServer((request, response) => {
    request.resume();
    if (answer) response.end();
  });
  await Promise.all([listening(api), listening(app)]);
  const before = process.getActiveResourcesInfo();
  const listener = runListener(
    {
      api: {
        apiUrl: \`http://127.0.0.1:\${api.address().port}/api/v1\`,
        apiUrlSource: 'flag',
        apiToken: 'token',
        tokenName: 'token',
        proxyEnv: {},
      },
      instanceId: '33',
      folder: join(folder, name),
      keepJournal: true,
      keepHistory: true,
      targets: [parseTarget(\`127.0.0.1:\${app.address().port}\`)],
      headers: [],
      only: null,
      events: null,
      ignoreEvents: [],
      receiverPort: 0,
      publicUrl: null,
      pathToken: null,
      replace: null,
      protectedInstance: false,
      restoreCommand: 'restore',
      insecure: false,
      timeoutMs: 60000,
      bodies: 'none',
      printSecret: false,
      maxEvents: null,
      ...options,
    },
    async (entries) => {
      for (const entry of entries) onFeed(entry, listener, simulator);
    },
    { now: Date.now, random: randomBytes },
  );
  const end = await listener.stopped.then((outcome) => outcome, (error) => error.code);
  // Sockets close in a few turns of the loop; those that are left go by themselves after half a second.
  const left = () => {
    const open = process.getActiveResourcesInfo();
    for (const kind of before) if (open.includes(kind)) open.splice(open.indexOf(kind), 1);
    return open;
  };
  for (let turn = 0; turn < 200 && left().length > 0; turn++) await new Promise(setImmediate);
  const open = left();
  await simulator.close();
  for (const server of [api, app]) {
    server.close();
    server.closeAllConnections();
  }
  return { end, open };
}

const MESSAGE = { event: 'message', instanceId: 33, data: {} };
const found = {};
found.whole = await leftBy('whole', {
  onFeed({ type }, listener, simulator) {
    if (type === 'ready') simulator.emit('33', MESSAGE);
    if (type === 'attempt') listener.stop();
  },
});
for (const at of [1, 2, 3, 4]) {
  found[at] = await leftBy(\`at-\${at}\`, {
    onAsked: (asked, listener) => asked === at && listener.stop(),
  });
}
const taken = createServer();
await listening(taken);
found.port = await leftBy('port', { receiverPort: taken.address().port });
taken.close();
console.log(JSON.stringify(found));
`;

let program: Bundle;
beforeAll(async () => {
  program = await bundle(PROGRAM);
});
afterAll(() => program.remove());

test('a listener leaves no socket and no timer, however it ends, and a process that is free to exit', async () => {
  // Less than the idle connections to an API stay open.
  const options = { timeout: 10_000 };
  const args = [program.path, temporaryFolder()];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const stopped = { received: 0, forwarded: 0, failed: 0, waiting: 0, restored: true };
  const nothing = { end: stopped, open: [] };
  expect(JSON.parse(stdout)).toEqual({
    whole: { end: { ...stopped, received: 1, forwarded: 1 }, open: [] },
    1: nothing,
    2: nothing,
    3: nothing,
    4: nothing,
    port: { end: 'port_in_use', open: [] },
  });
});
