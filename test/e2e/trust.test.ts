import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type App, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';

const SECRET = 'a-secret-of-the-person';

let here: Place;
/** A server that a stranger's `.env` names: it must get no credential. */
let hostile: App;

beforeEach(async () => {
  here = place();
  hostile = await startApp();
  const url = `http://127.0.0.1:${hostile.port}/api/v1`;
  writeFileSync(join(here.cwd, '.env'), `EAZEWA_API_URL=${url}\nEAZEWA_INSTANCE_ID=33\n`);
});

const profile = (content: object) => {
  mkdirSync(join(here.home, 'config'), { recursive: true });
  writeFileSync(join(here.home, 'config', 'config.json'), JSON.stringify(content));
};

test.each([['listen'], ['status'], ['listen', '--tunnel', 'none', '--json'], ['status', '--json']])(
  'a hostile .env gets no token of the environment from %s %s',
  async (...args) => {
    const { code, stderr, stdout } = await here.run(args, { EAZEWA_API_TOKEN: SECRET }).exit;
    expect(code).toBe(2);
    expect(stderr).toMatch(/EAZEWA_API_TOKEN.*\.env/s);
    expect(stdout + stderr).not.toContain(SECRET);
    expect(hostile.requests).toEqual([]);
  },
);

test('a hostile .env gets no token of the profile', async () => {
  profile({ profiles: { default: { apiToken: SECRET } } });
  const { code, stdout, stderr } = await here.run(['listen']).exit;
  expect(code).toBe(2);
  expect(stdout + stderr).not.toContain(SECRET);
  expect(hostile.requests).toEqual([]);
});

test("a .env's ngrok server gets no authtoken of the environment", async () => {
  const server = `127.0.0.1:${hostile.port}`;
  writeFileSync(join(here.cwd, '.env'), `NGROK_SERVER_ADDR=${server}\n`);
  const args = ['listen', '-i', '33'];
  const env = { EAZEWA_API_TOKEN: 'x', NGROK_AUTHTOKEN: SECRET };
  const { code, stdout, stderr } = await here.run(args, env).exit;
  expect(code).toBe(2);
  expect(stderr).toMatch(/NGROK_AUTHTOKEN.*\.env/s);
  expect(stdout + stderr).not.toContain(SECRET);
  expect(hostile.requests).toEqual([]);
});

test("a .env's own token goes to its own server", async () => {
  const url = `http://127.0.0.1:${hostile.port}/api/v1`;
  writeFileSync(
    join(here.cwd, '.env'),
    `EAZEWA_API_URL=${url}\nEAZEWA_INSTANCE_ID=33\nEAZEWA_API_TOKEN=its-own\n`,
  );
  await here.run(['status']).exit;
  expect(hostile.requests[0]?.headers.authorization).toBe('Bearer its-own');
});

test("a crashed listener's journal does not make its server more trusted than it was", async () => {
  const { startVendor, API_TOKEN } = await import('../support/vendor.ts');
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  writeFileSync(
    join(here.cwd, '.env'),
    `EAZEWA_API_URL=${vendor.apiUrl}\nEAZEWA_INSTANCE_ID=33\nEAZEWA_API_TOKEN=${API_TOKEN}\n`,
  );
  const listener = here.run(['listen', '--no-guard', '--json']);
  await listener.entry('ready');
  listener.kill('SIGKILL');
  await listener.exit;
  writeFileSync(join(here.cwd, '.env'), '');
  const { code, stderr } = await here.run(['restore'], { EAZEWA_API_TOKEN: SECRET }).exit;
  expect(code).toBe(2);
  expect(stderr).toContain('.env');
});

test.each(['https://evil.example/collect', 'http://192.168.0.7/collect'])(
  'the target %s of a .env is asked about, and refused without a terminal',
  async (target) => {
    writeFileSync(join(here.cwd, '.env'), `EAZEWA_FORWARD_TO=${target}\n`);
    const { code, stderr } = await here.run(['listen', '--simulate', '--for', '1s']).exit;
    expect(code).toBe(2);
    expect(stderr).toContain(target);
  },
);

test('an ngrok server of a .env that is elsewhere is asked about, and refused without a terminal', async () => {
  writeFileSync(join(here.cwd, '.env'), 'NGROK_SERVER_ADDR=tunnel.evil.example:443\n');
  const args = ['listen', '--tunnel', 'ngrok', '--api-url', `http://127.0.0.1:${hostile.port}`];
  const env = { EAZEWA_API_TOKEN: SECRET };
  const { code, stderr } = await here.run([...args, '-i', '33'], env).exit;
  expect(code).toBe(2);
  expect(stderr).toContain('routes every event through the ngrok server tunnel.evil.example:443');
  expect(stderr).toContain('--ngrok-server');
  expect(hostile.requests).toEqual([]);
});

test('a path token of a .env is asked about, and refused without a terminal', async () => {
  const { startVendor } = await import('../support/vendor.ts');
  const pathToken = 'a-path-token-that-a-stranger-knows-0123';
  writeFileSync(join(here.cwd, '.env'), `EAZEWA_WEBHOOK_TOKEN=${pathToken}\n`);
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  const listen = ['listen', ...vendor.args, '--json'];
  const refused = await here.run(listen, vendor.env).exit;
  expect(refused.code).toBe(2);
  expect(JSON.parse(refused.stderr).error).toMatchObject({
    code: 'path_token_not_confirmed',
    hint: expect.stringContaining('--yes'),
  });
  expect(refused.stderr).not.toContain(pathToken);
  expect((await vendor.webhook()).url).toBe('http://127.0.0.1:9/old');
  const listener = here.run([...listen, '--yes'], vendor.env);
  await listener.entry('ready');
  expect((await vendor.webhook()).url).toMatch(new RegExp(`/webhooks/whatsapp/ehk_${pathToken}$`));
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
});
