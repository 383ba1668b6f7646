import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

const CHATS = 5;
const EVENTS = 500;

/** An app that writes down what it answered, in a process that can be killed. */
const APP = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const [port, log] = process.argv.slice(2);
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { data } = JSON.parse(Buffer.concat(chunks));
    appendFileSync(log, data.message.body + '\\n');
    response.end('ok');
  });
}).listen(Number(port), '127.0.0.1', function () { process.send(this.address().port); });
`;

let here: Place;
let child: ChildProcess;
afterEach(async () => {
  child.kill('SIGKILL');
});

test('an app killed in a stream of 500 events gets each once and in order, but those in flight', async () => {
  here = place();
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  const script = join(here.cwd, 'app.mjs');
  const log = join(here.cwd, 'answered.log');
  writeFileSync(script, APP);
  appendFileSync(log, '');
  const start = async (port: number): Promise<number> => {
    child = fork(script, [String(port), log]);
    const [bound] = await once(child, 'message');
    return bound;
  };
  const answered = () => readFileSync(log, 'utf8').split('\n').slice(0, -1);

  const port = await start(0);
  const listener = here.run(['listen', `${port}/hook`, ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  let sent = 0;
  const send = async (upTo: number) => {
    for (; sent < upTo; sent++) {
      const from = `1202555010${sent % CHATS}@c.us`;
      const id = {
        fromMe: false,
        remote: from,
        id: `X${sent}`,
        _serialized: `false_${from}_X${sent}`,
      };
      const message = { id, from, body: String(sent), type: 'chat' };
      await vendor.emit({ body: { event: 'message', instanceId: '33', data: { message } } });
    }
  };
  const killedAt = EVENTS / 3;
  const sending = send(EVENTS);
  await listener.entry('attempt', () => answered().length >= killedAt);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const beforeKill = answered().length;
  expect(beforeKill).toBeLessThan(EVENTS);
  await listener.entry('warning', ({ code }) => code === 'target_down');
  await start(port);
  await sending;
  const isDone = () => listener.entries().filter(({ type }) => type === 'attempt').length >= EVENTS;
  await listener.entry('attempt', isDone);

  const attempts = listener.entries().filter(({ type }) => type === 'attempt');
  const events = listener.entries().filter(({ type }) => type === 'event');
  const bodyOf = new Map(events.map(({ id, body }) => [id, body.data.message.body]));
  const failed = attempts.filter(({ status }) => status === null);
  expect(attempts).toHaveLength(EVENTS);
  expect(new Set(attempts.map(({ eventId }) => eventId)).size).toBe(EVENTS);
  // At most one a chat can be in flight, and 8 in all.
  expect(failed.length).toBeLessThanOrEqual(CHATS);

  const got = answered().map(Number);
  expect(new Set(got).size).toBe(got.length);
  const failedBodies = new Set(failed.map(({ eventId }) => Number(bodyOf.get(eventId))));
  const missing = [...Array(EVENTS).keys()].filter((n) => !got.includes(n));
  expect(missing.every((n) => failedBodies.has(n))).toBe(true);
  for (let chat = 0; chat < CHATS; chat++) {
    // In the order in which they were accepted: the vendor promises none of its own.
    const accepted = events.map(({ id }) => Number(bodyOf.get(id)));
    const order = got.filter((n) => n % CHATS === chat);
    expect(order).toEqual(accepted.filter((n) => order.includes(n)));
  }

  const listed = await here.run(['events', 'list', '--failed', '--json', '--limit', '100']).exit;
  const ids = listed.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).id);
  expect(ids.sort()).toEqual(failed.map(({ eventId }) => eventId).sort());
  listener.kill('SIGTERM');
  const { code } = await listener.exit;
  expect(code).toBe(0);
  expect(listener.entries().at(-1)).toMatchObject({ received: EVENTS, waiting: 0 });
}, 60_000);
