import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { BIN, type Place } from '../support/program.ts';
import { closedPort, place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };

let here: Place;
let vendor: Vendor;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
});
afterEach(async () => {
  // Whatever went wrong, the instance is as it was.
  expect(await vendor.webhook()).toEqual(OLD);
});

const listen = (args: readonly string[], env: Readonly<Record<string, string>> = vendor.env) =>
  here.run(['listen', ...args], env).exit;

test('a refused API token ends with 10 and names the variable', async () => {
  const { code, stderr } = await listen(vendor.args, { EAZEWA_API_TOKEN: 'wrong' });
  expect(code).toBe(10);
  expect(stderr).toContain('EAZEWA_API_TOKEN');
  expect(stderr).not.toContain('wrong');
});

test('no API token ends with 10 and says how to set one', async () => {
  const { code, stderr } = await listen(vendor.args, {});
  expect(code).toBe(10);
  expect(stderr).toContain('EAZEWA_API_TOKEN');
});

test('an unknown instance ends with 12 and names those that exist', async () => {
  const { code, stderr } = await listen(['--api-url', vendor.apiUrl, '-i', '44']);
  expect(code).toBe(12);
  expect(stderr).toContain('33 (Simulator)');
});

test.each([
  ['listen', '--tunnel', 'none'],
  ['status'],
  ['webhook', 'show'],
  ['webhook', 'set', 'https://bot.example.com/hook', '--yes'],
])('an API url without /api/v1 ends %s with 15 and looks wrong', async (...command) => {
  const apiUrl = vendor.apiUrl.replace('/api/v1', '');
  const { code, stderr } = await here.run([...command, '--api-url', apiUrl, '-i', '33'], vendor.env)
    .exit;
  expect(stderr).toContain('The API url looks wrong');
  expect(stderr).toContain('/api/v1');
  expect(code).toBe(15);
});

test('without an instance the only one is taken', async () => {
  const { code, stdout } = await listen(['--api-url', vendor.apiUrl, '--json', '--for', '100ms']);
  expect(code).toBe(0);
  expect(stdout).toContain('"instanceId":"33"');
});

test('an unknown event ends with 2 and the nearest names', async () => {
  const { code, stderr } = await listen([...vendor.args, '--events', 'mesage,call']);
  expect(code).toBe(2);
  expect(stderr).toContain('mesage is not an event');
  expect(stderr).toContain('Did you mean message');
});

test('a port in use ends with 2', async () => {
  const app = await startApp();
  const { code, stderr } = await listen([...vendor.args, '--receiver-port', String(app.port)]);
  expect(code).toBe(2);
  expect(stderr).toContain(`port ${app.port}`);
});

test.runIf(process.platform !== 'win32')(
  'settings that anybody could have written end with 13 and name their folder',
  async () => {
    const config = join(here.home, 'config');
    mkdirSync(config, { recursive: true });
    const profiles = { default: { forwardTo: 'http://127.0.0.1:9/somebody' } };
    writeFileSync(join(config, 'config.json'), JSON.stringify({ profiles }));
    chmodSync(config, 0o777);
    const { code, stdout, stderr } = await listen(vendor.args);
    expect(code).toBe(13);
    expect(stderr.split(config)).toHaveLength(3);
    expect(stdout + stderr).not.toContain('somebody');
  },
);

test('a ~ that no shell expanded ends with 2', async () => {
  const { code, stderr } = await listen(vendor.args, { EAZEWA_HOOKS_HOME: '~/state' });
  expect(code).toBe(2);
  expect(stderr).toContain('EAZEWA_HOOKS_HOME');
});

test('a state folder that cannot be written ends with 13', async () => {
  // A file where the folder should be: unlike a mode, that stops root too.
  mkdirSync(here.home);
  writeFileSync(join(here.home, 'data'), '');
  const { code, stderr } = await listen(vendor.args);
  expect(code).toBe(13);
  expect(stderr).toContain('EAZEWA_HOOKS_HOME');
  expect(await vendor.deliveries()).toEqual([]);
});

test('a vendor that is not there ends with 15 and names the host', async () => {
  const port = await closedPort();
  const { code, stderr } = await listen([
    '--api-url',
    `http://127.0.0.1:${port}/api/v1`,
    '-i',
    '33',
  ]);
  expect(code).toBe(15);
  expect(stderr).toContain(`127.0.0.1:${port}`);
});

test('the real API without an authtoken ends with 17 and says where to get one and the other ways', async () => {
  const { code, stderr } = await listen(['3000', '-i', '33']);
  expect(code).toBe(17);
  for (const way of ['NGROK_AUTHTOKEN', 'your-authtoken', '--public-url', '--simulate']) {
    expect(stderr).toContain(way);
  }
  // What opens the vendor's API is asked for before what opens the tunnel.
  const neither = await listen(['3000', '-i', '33'], {});
  expect(neither.code).toBe(10);
  expect(neither.stderr).toContain('EAZEWA_API_TOKEN');
});

test("a missing CA file and a broken file of ngrok's end with 2 and name the file", async () => {
  const args = ['--api-url', vendor.apiUrl, '-i', '33'];
  const ca = await listen([...args, '--ngrok-ca', 'missing.pem']);
  expect(ca.code).toBe(2);
  expect(ca.stderr).toMatch(/--ngrok-ca: .*missing\.pem/);
  const folder = join(here.cwd, '.ngrok2');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ngrok.yml'), 'agent: [\nauthtoken: hunter2');
  const broken = await listen([...args, '--tunnel', 'ngrok']);
  expect(broken.code).toBe(2);
  expect(broken.stderr).toContain(join(folder, 'ngrok.yml'));
  expect(broken.stderr).not.toContain('hunter2');
  // Whoever needs no authtoken needs none of that file.
  expect((await listen([...args, '--for', '100ms'])).code).toBe(0);
});

test('--tunnel none with an API that is not on this machine is refused', async () => {
  expect((await listen(['3000', '-i', '33', '--tunnel', 'none'])).code).toBe(2);
});

test('a public url that leads elsewhere ends with 17', async () => {
  const app = await startApp();
  const args = ['--api-url', vendor.apiUrl, '-i', '33', '--public-url', app.url];
  const { code, stderr } = await listen(args);
  expect(code).toBe(17);
  expect(stderr).toContain('does not lead here');
});

test('a public url that passes GET only ends with 17, before anything is taken', async () => {
  const port = await closedPort();
  const proxy = await startApp(async ({ method, url }, response) => {
    if (method !== 'GET') return void response.writeHead(405).end();
    const answer = await fetch(`http://127.0.0.1:${port}${url}`);
    response.writeHead(answer.status).end(await answer.text());
  });
  // A write of the webhook would end with another code.
  await vendor.fault({ kind: 'status', status: 500, count: 100, method: 'PUT' });
  const args = ['--api-url', vendor.apiUrl, '-i', '33', '--public-url', proxy.url];
  const { code, stdout, stderr } = await listen([
    ...args,
    '--receiver-port',
    String(port),
    '--json',
  ]);
  expect(code).toBe(17);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr.trim()).error).toMatchObject({
    code: 'webhooks_not_passed',
    message: `${proxy.url} does not pass webhooks on: a POST is refused (405), and a GET arrives`,
    hint: expect.stringContaining(`http://127.0.0.1:${port}`),
  });
});

test('a second listener on the instance ends with 18 and names the first', async () => {
  const first = here.run(['listen', ...vendor.args, '--json'], vendor.env);
  await first.entry('ready');
  const { code, stderr } = await listen(vendor.args);
  expect(code).toBe(18);
  expect(stderr).toContain(`process ${first.child.pid}`);
  first.kill('SIGTERM');
  await first.exit;
});

test('a foreign webhook is not replaced without the consent that names its host', async () => {
  const theirs = { url: 'https://bot.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  for (const consent of [[], ['--yes'], ['--replace', 'other.example']]) {
    const { code, stderr } = await listen([...vendor.args, ...consent]);
    expect(code).toBe(2);
    expect(stderr).toContain('--replace bot.customer.example');
    expect(await vendor.webhook()).toEqual(theirs);
  }
  const consent = ['--replace', 'bot.customer.example'];
  const agreed = await listen([...vendor.args, ...consent, '--json', '--for', '100ms']);
  expect(agreed.code).toBe(0);
  expect(agreed.stdout).toContain('"type":"ready"');
  expect(await vendor.webhook()).toEqual(theirs);
  await vendor.setWebhook(OLD.url, OLD.events);
});

test("another listener's tunnel is not taken for a webhook to restore", async () => {
  const theirs = `https://abc.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`;
  await vendor.setWebhook(theirs, ['message']);
  const { code, stderr } = await listen(vendor.args);
  expect(code).toBe(2);
  expect(stderr).toContain('--replace abc.ngrok.app');
  expect((await vendor.webhook()).url).toBe(theirs);
  await vendor.setWebhook(OLD.url, OLD.events);
});

test('a protected instance is never taken', async () => {
  mkdirSync(join(here.home, 'config'), { recursive: true });
  const config = JSON.stringify({ protectedInstances: ['33'] });
  writeFileSync(join(here.home, 'config', 'config.json'), config);
  const { code, stderr } = await listen([...vendor.args, '--replace', '127.0.0.1', '--yes']);
  expect(code).toBe(2);
  expect(stderr).toContain('protected');
});

test.each([
  [['listen', 'ftp://x'], 'not a target'],
  [['listen', '--route', '3000'], 'not a route'],
  [['listen', '--timeout', 'soon'], 'not a duration'],
  [['listen', '--receiver-port', '99999'], '--receiver-port 99999: it must be at most 65535'],
  [['listen', '--receiver-port', 'abc'], '--receiver-port abc: it must be a number'],
  [['listen', '--max-events', '0'], '--max-events 0: it must be at least 1'],
  [
    ['listen', '--public-url', 'https://x.example', '--domain', 'x.test'],
    'cannot be used together',
  ],
  [['listen', '--tunnel', 'none', '--ngrok-server', 'x.test'], 'cannot be used together'],
  [['listen', '-i', '33', '--ngrok-server', 'https://x.test'], 'not an ngrok server'],
  [['listen', '--header', 'nonsense'], 'not a header'],
  [['listen', '--simulate', '--public-url', 'https://x.example'], 'cannot be used together'],
  [['listen', '--scenario', 'morning'], '--simulate'],
  [
    ['listen', '--public-url', 'x', '--api-url', 'http://127.0.0.1:1/api/v1', '-i', '33'],
    'public url',
  ],
  [['listen', '--nonsense'], "unknown option '--nonsense'"],
  [['lisen'], 'Did you mean listen'],
  [['events', '--since', 'yesterday'], 'not a time'],
  [['events', '--follow', '--failed'], '--follow'],
  [['listen', '--simulate', '--for', '30d'], 'at most 24d'],
  [['listen', '--timeout', '30d'], 'at most 24d'],
  [['status', '-i', '../../etc'], 'not an instance id'],
])('%j is a usage error that says what is wrong', async (args, said) => {
  const { code, stderr, stdout } = await here.run(args, vendor.env).exit;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(said);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test('with --json an error is one object on stderr', async () => {
  const { code, stderr, stdout } = await here.run(['events', 'show', 'evt_x', '--json']).exit;
  expect(stdout).toBe('');
  expect(JSON.parse(stderr).error).toMatchObject({ exit: code, code: 'nothing_received' });
});

test('an id that nothing has, and one that fits several, end with 12', async () => {
  const listener = here.run(['listen', ...vendor.args, '--json', '--max-events', '2'], vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat', count: 2 });
  await listener.exit;
  const none = await here.run(['events', 'show', 'evt_zzz']).exit;
  expect(none.code).toBe(12);
  const several = await here.run(['events', 'show', 'evt_']).exit;
  expect(several.code).toBe(12);
  expect(several.stderr).toMatch(/evt_\w{16}, evt_\w{16}/);
});

test.each(['bun', 'deno'])('%s, which runs programs for Node, is told from it', (runtime) => {
  const versions = `{ ...process.versions, ${runtime}: '1.0.0' }`;
  const preload = `Object.defineProperty(process, 'versions', { value: ${versions} })`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(preload)}`,
    BIN,
    '--version',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`this is ${runtime}`);
});
