/** Signatures from end to end: shown, stored and forwarded, never a reason to refuse, and their secret in no output. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { signatureFor, signatureOf } from '../../src/eazewa/signature.ts';
import { type App, startApp } from '../support/app.ts';
import { guardsOf } from '../support/processes.ts';
import type { Entry, Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

const SECRET = 'whsec-3f9d2c-of-this-test';
const env = { EAZEWA_WEBHOOK_SECRET: SECRET };

let here: Place;
let app: App;

beforeEach(async () => {
  here = place();
  app = await startApp();
});

const entriesOf = (text: string): Entry[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('an event is signed, wrongly signed or unsigned wherever it is shown; all are answered and forwarded', async () => {
  const vendor = await startVendor(here, { url: `${app.url}/old` }, env);
  const args = ['listen', `${app.url}/hook`, ...vendor.args, '--json', '--print-secret'];
  const listener = here.run(args, { ...vendor.env, ...env });
  const { webhookUrl } = await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  await listener.entry('event', ({ signature }) => signature === 'signed');
  const body = '{"event":"message","instanceId":"33","data":{}}';
  const post = (headers: Record<string, string>) =>
    fetch(webhookUrl, { method: 'POST', body, headers });
  const signature = signatureFor(Buffer.from(body), 'another secret');
  expect((await post({ 'x-waapi-hmac': signature })).status).toBe(200);
  expect((await post({})).status).toBe(200);
  await listener.entry('event', (entry) => entry.signature === 'wrongly-signed');
  await listener.entry('event', (entry) => entry.signature === 'unsigned');
  await app.received(3);
  expect(app.requests[1]?.headers['x-waapi-hmac']).toBe(signature);
  if (process.platform === 'linux') {
    const [guard = 0] = guardsOf(listener.child.pid);
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${guard}/${file}`, 'utf8')).not.toContain(SECRET);
    }
  }

  const outputs = [];
  for (const command of [['list', '--json'], ['export']]) {
    const { stdout } = await here.run(['events', ...command]).exit;
    expect(entriesOf(stdout).map((entry) => entry.signature)).toEqual([
      ...['signed', 'wrongly-signed', 'unsigned'],
    ]);
    outputs.push(stdout);
  }
  const list = await here.run(['events']).exit;
  expect(list.stdout).toMatch(/ \(signed\)\n.* \(wrongly signed\)\n.* \(unsigned\)\n$/);
  const [, wrong] = entriesOf(outputs[0] ?? '');
  const page = await here.run(['events', 'show', wrong?.id]).exit;
  expect(page.stdout).toContain('\nwrongly signed: x-waapi-hmac does not fit this body');

  listener.kill('SIGTERM');
  const { code, stdout, stderr } = await listener.exit;
  expect(code).toBe(0);
  for (const text of [...outputs, list.stdout, page.stdout, stdout, stderr]) {
    expect(text).not.toContain(SECRET);
  }
});

test('listen --simulate signs with the secret of a .env, and a replay in it signs what it changes', async () => {
  writeFileSync(join(here.cwd, '.env'), `EAZEWA_WEBHOOK_SECRET=${SECRET}\n`);
  const args = ['listen', app.url, '--simulate', '--speed', '1000', '--json'];
  const listener = here.run(args);
  const event = await listener.entry('event', ({ event: name }) => name === 'message');
  expect(event.signature).toBe('signed');
  const set = ['--set', 'data.message.body=Other'];
  const { code, stdout } = await here.run(['replay', event.id, ...set, '--json']).exit;
  expect(code).toBe(0);
  const [made] = entriesOf(stdout);
  expect(made).toMatchObject({ origin: 'replay' });
  const request = app.requests.find(({ headers }) => headers['x-eazewa-hooks-event'] === made?.id);
  expect(signatureOf(request?.rawHeaders ?? [], request?.body ?? Buffer.alloc(0), SECRET)).toBe(
    'signed',
  );
  listener.kill('SIGTERM');
  expect((await listener.exit).code).toBe(0);
});

test('a fixture is signed with the secret, and unsigned without one', async () => {
  const replay = (more = {}) => here.run(['replay', 'message.chat', '--to', app.url], more).exit;
  expect((await replay(env)).code).toBe(0);
  expect((await replay()).code).toBe(0);
  const judged = app.requests.map(({ rawHeaders, body }) => signatureOf(rawHeaders, body, SECRET));
  expect(judged).toEqual(['signed', 'unsigned']);
});

test('replay and trigger sign with their own secret in a listener that has none', async () => {
  const listener = here.run(['listen', app.url, '--simulate', '--scenario', 'none', '--json']);
  await listener.entry('ready');
  const commands = [
    ['replay', 'message.chat'],
    ['replay', 'last', '--fresh'],
    ['trigger', 'message.chat'],
  ];
  for (const command of commands) expect((await here.run(command, env).exit).code).toBe(0);
  const judged = app.requests.map(({ rawHeaders, body }) => signatureOf(rawHeaders, body, SECRET));
  expect(judged).toEqual(['signed', 'signed', 'signed']);
  listener.kill('SIGTERM');
  const { code, stdout, stderr } = await listener.exit;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain(SECRET);
});

test('simulate --sign signs, and wins over the environment', async () => {
  const args = ['simulate', '--json', '--webhook', app.url, '--speed', '1000'];
  const program = here.run([...args, '--sign', 'typed'], env);
  await app.received(1);
  const [request] = app.requests;
  expect(signatureOf(request?.rawHeaders ?? [], request?.body ?? Buffer.alloc(0), 'typed')).toBe(
    'signed',
  );
  program.kill('SIGTERM');
  const { code, stdout, stderr } = await program.exit;
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain('typed');
});
