import { mkdirSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { feedEntry } from '../../src/feed/feed.ts';
import { loadFixture, loadScenario } from '../../src/fixtures/load.ts';
import { type App, type AppRequest, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';
import { withoutSqlite } from '../support/without-sqlite.ts';

let here: Place;
let app: App;
/** Replaced by a test that wants another answer. */
let answer: (request: AppRequest, response: ServerResponse) => void;

beforeEach(async () => {
  here = place();
  answer = (_, response) => void response.end('ok');
  app = await startApp((request, response) => answer(request, response));
});

const jsonOf = ({ body }: AppRequest) => JSON.parse(String(body));
const replay = (...args: string[]) => here.run(['replay', ...args]).exit;

/** The path token that the vendor's documented example has for instance 33. */
const PATH_TOKEN = 'ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw';

/** An app that judges as the vendor's documented example does. */
function documentedHandler(request: AppRequest, response: ServerResponse): void {
  const [, pathToken] = /^\/webhooks\/whatsapp\/([^/]+)$/.exec(request.url) ?? [];
  const { instanceId, event, data } = jsonOf(request);
  const missing = [pathToken, instanceId, event, data].some(
    (it) => it === undefined || it === null,
  );
  const ours = instanceId === '33' && pathToken === PATH_TOKEN;
  const status = missing ? 400 : !ours ? 401 : event === 'message' ? 200 : 404;
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`says ${status}`);
}

describe("the vendor's documented handler", () => {
  const target = () => `${app.url}/webhooks/whatsapp/${PATH_TOKEN}`;
  beforeEach(() => {
    answer = documentedHandler;
  });

  test.each([
    ['message.chat', 200],
    ['message_ack.read', 404],
  ])('answers %s with %i, on a machine where nothing was received yet', async (name, status) => {
    const { code, stdout, stderr } = await replay(name, '--to', target());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`--> ${name.split('.')[0]} \\[evt_\\w+\\] .* \\(replay\\)\n`),
    );
    expect(stdout).toMatch(
      new RegExp(`<-- \\[${status}\\] POST http://127[^\n]* \\[evt_\\w+\\]\n`),
    );
    expect(stdout + stderr).not.toContain(PATH_TOKEN);
    const body = JSON.stringify(loadFixture(name));
    expect(String(app.requests[0]?.body)).toBe(body);
    expect(app.requests[0]?.headers['user-agent']).toBe('WaAPI Webhook User Agent');

    const shown = await here.run(['events', 'show', 'last']).exit;
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(new RegExp(`replay 1 .* ${status} \\(`));
    expect(shown.stdout).toContain(`says ${status}`);
  });

  test('gets an event again, and both attempts are shown with the answer of each', async () => {
    await replay('message.chat', '--to', target());
    const again = await replay('last', '--to', target(), '--json');
    expect(again.code).toBe(0);
    const [entry, ...others] = again.stdout.trim().split('\n');
    expect(others).toEqual([]);
    const attempt = feedEntry.parse(JSON.parse(entry ?? ''));
    expect(attempt).toMatchObject({ type: 'attempt', replay: true, number: 2, status: 200 });
    expect(app.requests[1]?.body).toEqual(app.requests[0]?.body);
    const shown = await here.run(['events', 'show', 'last']).exit;
    expect(shown.stdout).toMatch(/replay 2 [\s\S]*says 200[\s\S]*replay 1 [\s\S]*says 200/);
    const list = await here.run(['events']).exit;
    expect(list.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('refuses what is changed so that it is not for it', async () => {
    const other = await replay('message.chat', '--to', target(), '--set', 'instanceId="34"');
    const none = await replay('message.chat', '--to', target(), '--remove', 'data');
    expect([other.code, none.code]).toEqual([0, 0]);
    expect(other.stdout).toContain('<-- [401]');
    expect(none.stdout).toContain('<-- [400]');
  });
});

test('what was received is replayed with its bytes, headers and an attempt more, or as another event', async () => {
  const vendor = await startVendor(here, { url: `${app.url}/old`, events: 'message' });
  const listener = here.run(['listen', ...vendor.args, '--json', '--max-events', '1'], vendor.env);
  await listener.entry('ready');
  const body = { event: 'message', instanceId: 33, data: { message: { body: 'Grüße', id: 1 } } };
  await vendor.emit({ body });
  const { id } = await listener.entry('event');
  expect((await listener.exit).code).toBe(0);

  const to = ['--to', `${app.url}/hook`];
  expect((await replay(id.slice(0, 9), ...to)).code).toBe(0);
  expect(jsonOf(app.requests[0] as AppRequest)).toEqual(body);
  expect(app.requests[0]?.headers).toMatchObject({
    'user-agent': 'WaAPI Webhook User Agent',
    'x-eazewa-hooks-event': id,
    'x-eazewa-hooks-replay': 'true',
  });

  const changed = await replay(id, ...to, '--set', 'data.message.body=Hi', '--json');
  const [event, attempt] = changed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(event).toMatchObject({ type: 'event', origin: 'replay', duplicateOf: null });
  expect(event.id).not.toBe(id);
  expect(attempt).toMatchObject({ eventId: event.id, number: 1, replay: true });
  expect(jsonOf(app.requests[1] as AppRequest).data.message.body).toBe('Hi');
  const list = await here.run(['events', 'list', '--json']).exit;
  const origins = list.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).origin);
  expect(origins).toEqual(['live', 'replay']);
});

test('a change of one value leaves every other byte, and changes the place where the vendor doubles it', async () => {
  const vendor = await startVendor(here, { url: `${app.url}/old`, events: 'message' });
  const args = ['listen', ...vendor.args, '--json', '--max-events', '1', '--print-secret'];
  const listener = here.run(args, vendor.env);
  const { webhookUrl } = await listener.entry('ready');
  const raw = '{ "body":"Gr\\u00fc\\u00dfe" ,"n":9007199254740993,"n":1.0}';
  const text = `\ufeff{"event":"message" , "instanceId":33,\r\n"data":{"message":{"_data":${raw}, "body":"Grüße","messageSecret":18446744073709551615,"x":1e-2,"last":null}}}\n`;
  const sent = await fetch(webhookUrl, { method: 'POST', body: text });
  expect(sent.status).toBe(200);
  const { id } = await listener.entry('event');
  expect((await listener.exit).code).toBe(0);

  const change = ['--set', 'data.message.body=Tschüss', '--set', 'data.message.x=9007199254740995'];
  const also = ['--remove', 'data.message.last', '--fresh'];
  const plain = await replay(id, '--to', app.url, ...change, ...also);
  const json = await replay(id, '--to', app.url, ...change, ...also, '--json');
  expect([plain.code, json.code]).toEqual([0, 0]);
  expect(plain.stdout).toContain('(replay; also changed data.message._data.body; ');
  const [event] = json.stdout.split('\n');
  expect(JSON.parse(event ?? '')).toMatchObject({ alsoChanged: ['data.message._data.body'] });
  const after = text
    .replace('"Gr\\u00fc\\u00dfe"', '"Tschüss"')
    .replace('"Grüße"', '"Tschüss"')
    .replace('1e-2,"last":null', '9007199254740995');
  expect(app.requests.map(({ body }) => String(body))).toEqual([after, after]);
});

test('a scenario keeps its order, and no step comes before it is due', async () => {
  const steps = loadScenario('morning');
  const arrived: number[] = [];
  answer = (_, response) => {
    arrived.push(performance.now());
    response.end();
  };
  const before = performance.now();
  const { code } = await replay('scenario:morning', '--speed', '50', '--to', app.url);
  expect(code).toBe(0);
  const bodies = app.requests.map(jsonOf);
  const events = steps.map(({ fixture }) => loadFixture(fixture).event);
  expect(bodies.map(({ event }) => event)).toEqual(events);
  let due = before;
  for (const [index, { after }] of steps.entries()) {
    due += after / 50;
    // Node's timers may fire a millisecond early.
    expect(arrived[index]).toBeGreaterThanOrEqual(due - 2);
  }
  // Ids fit together within it, and are not those of the fixtures.
  const idOf = (fixture: string) =>
    bodies[steps.findIndex((step) => step.fixture === fixture)].data.message.id._serialized;
  expect(idOf('message_ack.read')).toBe(idOf('message_create.sent'));
  expect(JSON.stringify(loadFixture('message.chat'))).not.toContain(idOf('message.chat'));
});

test('a file is sent byte for byte, and standard input too', async () => {
  const text = '{ "event": "message", "instanceId": 33, "data": { "n": 1.0 } }\n';
  writeFileSync(join(here.cwd, 'body.json'), text);
  expect((await replay('./body.json', '--to', app.url)).code).toBe(0);
  const piped = here.run(['replay', '-', '--to', app.url]);
  piped.child.stdin.end(text);
  expect((await piped.exit).code).toBe(0);
  expect(app.requests.map(({ body }) => String(body))).toEqual([text, text]);
});

test('a fixture speaks for the instance that is named, and is kept in its history', async () => {
  const api = ['-i', '91000', '--api-url', 'http://127.0.0.1:9/api/v1'];
  expect((await replay('message.chat', '--to', app.url, ...api)).code).toBe(0);
  expect(jsonOf(app.requests[0] as AppRequest).instanceId).toBe('91000');
  const shown = await here.run(['events', 'show', 'last', '--raw', ...api]).exit;
  expect(JSON.parse(shown.stdout).instanceId).toBe('91000');
});

describe('what went wrong is said, with the exit code of it', () => {
  const to = () => ['--to', app.url];
  const told = async (args: readonly string[], code: number, ...words: (string | RegExp)[]) => {
    const exit = await replay(...args);
    for (const word of words) expect(exit.stderr).toMatch(word);
    expect(exit).toMatchObject({ code, stdout: '' });
    expect(app.requests).toEqual([]);
  };

  test('an unknown fixture: 12, with the nearest names', () =>
    told(['mesage.chat', ...to()], 12, /message\.chat/));
  test('an unknown scenario: 12, with the nearest names', () =>
    told(['scenario:mornin', ...to()], 12, /morning/));
  test('an event where nothing was received: 12', () =>
    told(['last', ...to()], 12, /Nothing was received/));
  test('a file that is not there: 12', () => told(['./x.json', ...to()], 12, /x\.json/));
  test('an override that matches nothing: 2, with the nearest paths', () =>
    told(
      ['message.chat', ...to(), '--set', 'data.mesage.body=x'],
      2,
      /data\.mesage\.body/,
      /Did you mean data\.message\.body/,
    ));
  test('a path to remove that matches nothing: 2, with the nearest paths', () =>
    told(['message.chat', ...to(), '--remove', 'data.mesage'], 2, /data\.message/));
  test('no target: 2, and how to name one', () => told(['message.chat'], 2, /--to 3000/));
  test('what is no target: 2', () => told(['message.chat', '--to', 'ftp://x'], 2, /not a target/));
  test('--speed without a scenario: 2', () =>
    told(['message.chat', ...to(), '--speed', '2'], 2, /--speed/));
  test('a file that is not JSON: 2, with file, line and column', async () => {
    writeFileSync(join(here.cwd, 'broken.json'), '{\n  "event": "message",\n  "data": ]\n}');
    await told(['broken.json', ...to()], 2, /broken\.json\D+3\D+11\b/);
  });

  test('a prefix that fits several: 12, with the candidates; an unknown id: 12', async () => {
    const sent = here.run(['replay', 'message.chat', 'qr.fresh', ...to(), '--json']);
    await sent.exit;
    const ids = sent.entries().flatMap(({ type, id }) => (type === 'event' ? [id] : []));
    expect(ids).toHaveLength(2);
    const several = await replay('evt_', ...to());
    expect(several.code).toBe(12);
    for (const id of ids) expect(several.stderr).toContain(id);
    const unknown = await replay('evt_zzzz', ...to());
    expect(unknown.code).toBe(12);
    expect(unknown.stderr).toContain('evt_zzzz');
    expect(app.requests).toHaveLength(2);
  });

  test('an unreachable target: 16; the event is kept, without an attempt', async () => {
    await app.close();
    const { code, stderr } = await replay('message.chat', ...to(), '--json');
    expect(code).toBe(16);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: 'target_unreachable',
      message: expect.stringContaining(app.url),
      hint: expect.stringContaining('--to'),
    });
    const shown = await here.run(['events', 'show', 'last']).exit;
    expect(shown.stdout).toContain('message');
    expect(shown.stdout).not.toMatch(/^replay \d/m);
  });

  test('an answer that never came: 16, after the rest was sent', async () => {
    answer = (request, response) => {
      if (jsonOf(request).event === 'qr') response.destroy();
      else response.end();
    };
    const { code, stderr, stdout } = await replay('qr.fresh', 'message.chat', ...to());
    expect(code).toBe(16);
    expect(stdout).toMatch(/<-- \[failed\][\s\S]*<-- \[200\]/);
    expect(stderr).toContain('1 of 2 had no answer');
    const failed = await here.run(['events', '--failed']).exit;
    expect(failed.stdout).toMatch(/no answer.* qr/);
    expect(app.requests).toHaveLength(2);
  });
});

test('several events of history are asked about first: a bot may answer real people', async () => {
  const to = ['--to', app.url];
  await replay('message.chat', ...to);
  const refused = await replay('last', 'last', ...to);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/real people[\s\S]*--yes/);
  expect(app.requests).toHaveLength(1);
  expect((await replay('last', 'last', ...to, '--yes')).code).toBe(0);
  expect(app.requests).toHaveLength(3);
});

test('the target of the settings is taken without --to, and one of a .env that is not here is asked about', async () => {
  writeFileSync(join(here.cwd, '.env'), `EAZEWA_FORWARD_TO=${app.port}/hook\n`);
  expect((await replay('message.chat')).code).toBe(0);
  expect(app.requests.map(({ url }) => url)).toEqual(['/hook']);
  writeFileSync(join(here.cwd, '.env'), 'EAZEWA_FORWARD_TO=https://evil.example/collect\n');
  const { code, stderr } = await replay('message.chat');
  expect(code).toBe(2);
  expect(stderr).toContain('evil.example');
  expect((await replay('message.chat', '--to', app.url)).code).toBe(0);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s gives up what is under way, and keeps that attempt', async (signal, code) => {
  answer = () => {};
  const program = here.run(['replay', 'message.chat', 'qr.fresh', '--to', app.url]);
  await app.received(1);
  program.kill(signal);
  const exit = await program.exit;
  expect(exit.code).toBe(code);
  expect(exit.stdout).toContain('stopped before an answer came');
  expect(exit.stderr).toContain('1 left');
  expect(app.requests).toHaveLength(1);
  const shown = await here.run(['events', 'show', 'last']).exit;
  expect(shown.stdout).toMatch(/replay 1 .* no answer/);
});

test("the project's own fixtures are found", async () => {
  mkdirSync(join(here.cwd, 'eazewa-fixtures'));
  writeFileSync(join(here.cwd, 'eazewa-fixtures/message.mine.json'), '{"event":"message"}');
  expect((await replay('message.mine', '--to', app.url, '--quiet')).stderr).toBe('');
  expect(jsonOf(app.requests[0] as AppRequest)).toEqual({ event: 'message' });
});

test('without a SQLite it is sent all the same, kept in memory only, and that is said', async () => {
  const env = withoutSqlite(here);
  const { code, stderr } = await here.run(['replay', 'message.chat', '--to', app.url], env).exit;
  expect(code).toBe(0);
  expect(stderr).toContain('no SQLite');
  expect(stderr).not.toContain('events show');
  expect(app.requests).toHaveLength(1);
});
