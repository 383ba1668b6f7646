/** Plants secrets of every kind, runs the program in every way, and looks where the secrets are afterwards. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { BIN, type Place, type Program } from '../support/program.ts';
import { place } from '../support/resources.ts';
import {
  allowedBy,
  entriesBelow,
  processesBelow,
  type Sightings,
  secret,
  sightings,
} from '../support/secrets.ts';
import { terminal } from '../support/tui-place.ts';
import { until } from '../support/until.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');

const apiToken = secret();
const apiTokenInFile = secret();
const apiTokenInProfile = secret();
const pathToken = secret() + secret();
const pathTokenInFile = secret() + secret();
const authtoken = secret();
const authtokenInFile = secret();
const authtokenInProfile = secret();
const signing = secret();
const signingInFile = secret();
const signingInProfile = secret();
const basic = secret();
const apiKey = secret();
const password = secret();
const query = secret();
const passwordInProfile = secret();
const ownPassword = secret();
const ownQuery = secret();
const ownPath = secret();
const publicPassword = secret();
const publicQuery = secret();
const proxyPassword = secret();

/** Every kind of secret, by its name in docs/security.md, from each source that it can have. */
const KINDS = {
  'API token': [apiToken, apiTokenInFile, apiTokenInProfile],
  'path token of our webhook url': [pathToken, pathTokenInFile],
  'authtoken of ngrok': [authtoken, authtokenInFile, authtokenInProfile],
  'secret of the signatures': [signing, signingInFile, signingInProfile],
  'values of `-H`': [basic, apiKey],
  'user info and query of a target': [password, query, passwordInProfile],
  "secrets in the url of the instance's own webhook": [ownPassword, ownQuery, ownPath],
  'user info and query of `--public-url`': [publicPassword, publicQuery],
  'password of the proxy': [proxyPassword],
};

const OWN = `http://own:${ownPassword}@127.0.0.1:9/hook/${ownPath}?key=${ownQuery}`;

let here: Place;
let vendor: Vendor;
let seen: Sightings;
/** The developer's environment, with a secret in each of its variables. */
let env: Record<string, string>;

beforeEach(async () => {
  here = place();
  seen = sightings(KINDS);
  vendor = await startVendor(here, { apiToken }, { EAZEWA_WEBHOOK_SECRET: signing });
  await vendor.setWebhook(OWN, ['message']);
  const app = await startApp();
  env = {
    EAZEWA_API_TOKEN: apiToken,
    EAZEWA_WEBHOOK_TOKEN: pathToken,
    EAZEWA_WEBHOOK_SECRET: signing,
    EAZEWA_FORWARD_TO: `http://app:${password}@127.0.0.1:${app.port}/hook?token=${query}`,
    NGROK_AUTHTOKEN: authtoken,
    HTTPS_PROXY: `http://proxy:${proxyPassword}@127.0.0.1:9`,
  };
  const basicAuth = Buffer.from(`app:${basic}`).toString('base64');
  input('headers', `Authorization: Basic ${basicAuth}\nX-Api: ${apiKey}\n`);
  input(
    '.env',
    `EAZEWA_API_TOKEN=${apiTokenInFile}\nEAZEWA_WEBHOOK_TOKEN=${pathTokenInFile}\n` +
      `NGROK_AUTHTOKEN=${authtokenInFile}\nEAZEWA_WEBHOOK_SECRET=${signingInFile}\n`,
  );
  mkdirSync(join(here.home, 'config'), { recursive: true, mode: 0o700 });
  const profile = {
    ...{ apiToken: apiTokenInProfile, apiUrl: vendor.apiUrl, ngrokAuthtoken: authtokenInProfile },
    webhookSecret: signingInProfile,
    forwardTo: `http://app:${passwordInProfile}@127.0.0.1:9/`,
  };
  input('state/config/config.json', JSON.stringify({ profiles: { default: profile } }));
});

/** Files that hold secrets because this test, as the developer would, has put them there. */
const INPUTS = new Set(['headers', '.env', 'config.json']);
/** Files into which commands of ours write the environment that they are given. */
const ENVIRONMENTS: Readonly<Record<string, string>> = {
  'clipboard.env': 'environment',
  'editor.env': 'environment of the editor',
};

function input(name: string, text: string): void {
  writeFileSync(join(here.cwd, name), text, { mode: 0o600 });
}

/** Runs a command to its end, and looks at what it says. */
async function ended(args: readonly string[], more: Record<string, string> = env) {
  const exit = await here.run(args, more).exit;
  seen.look('output', exit.stdout + exit.stderr);
  return exit;
}

/** The environment of a listener with a state folder of its own, inside of the one that is looked at. */
const elsewhere = (name: string) => ({ ...env, EAZEWA_HOOKS_HOME: join(here.home, name) });

/** Looks at every file of this place, and at the modes of those of the state folder. */
function lookAtFiles(): void {
  for (const { path, kind, mode, content } of entriesBelow(here.cwd)) {
    const isState = path.startsWith(here.home);
    if (kind !== 'socket' && isState) {
      expect([path, mode.toString(8)]).toEqual([path, kind === 'folder' ? '700' : '600']);
    }
    const name = basename(path);
    if (content === null || INPUTS.has(name)) continue;
    const isOwn = path.includes('/own-webhooks/');
    const file = isOwn ? 'own-webhooks' : name.replace(/-(wal|shm)$/, '');
    seen.look(ENVIRONMENTS[name] ?? file, content);
  }
}

function lookAtProcesses(pid: number | undefined): void {
  const all = processesBelow(pid ?? 0);
  expect(all).not.toEqual([]);
  for (const one of all) {
    seen.look('arguments', one.arguments);
    seen.look('environment', one.environment);
  }
}

const ON = () => ['-i', '33', '--api-url', vendor.apiUrl];

async function listening(): Promise<void> {
  const args = ['listen', ...ON(), '--tunnel', 'none', '-H', '@headers'];
  const listener = here.run([...args, '--json', '--full', '--debug'], env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  await listener.entry('attempt');
  const { id, signature } = await listener.entry('event');
  expect(signature).toBe('signed');
  lookAtProcesses(listener.child.pid);
  const commands = [
    ['status', ...ON()],
    ['webhook', 'show', ...ON(), '--json'],
    ['events'],
    ['events', 'show', id],
    ['events', 'show', id, '--json'],
    ['events', 'show', id, '--curl'],
    ['events', 'export', '--full', '--attempts'],
    ['replay', id, '--json', '--set', 'data.message.body=Hello'],
    ['fixtures', 'save', id, 'mine'],
  ];
  await Promise.all(commands.map((one) => ended(one)));
  lookAtFiles();
  await crashed(listener);
}

/** The listener is killed; its guard restores the instance. */
async function crashed(listener: Program): Promise<void> {
  listener.kill('SIGKILL');
  const { stdout, stderr } = await listener.exit;
  seen.look('output', stdout + stderr);
  await until(async () => (await vendor.webhook()).url === OWN, 'the restored webhook');
}

/** A script in this place that is a command; `name` is a path in it. */
function script(name: string, text: string): string {
  const path = join(here.cwd, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The terminal UI: the clipboard and the editor write down their environment. */
async function onTerminal(): Promise<void> {
  mkdirSync(join(here.cwd, 'bin'));
  script('bin/xsel', `env > '${join(here.cwd, 'clipboard.env')}'; cat > clipboard`);
  const EDITOR = script('edit', `env > '${join(here.cwd, 'editor.env')}'`);
  const screen = terminal(
    process.execPath,
    [BIN, 'listen', '--simulate', '--speed', '4', '--debug', '-H', '@headers'],
    {
      cwd: here.cwd,
      env: here.env({
        ...elsewhere('terminal'),
        EDITOR,
        PATH: `${join(here.cwd, 'bin')}:${process.env.PATH}`,
      }),
    },
  );
  await screen.shows(/message .*ms/);
  screen.press('c', 'c');
  await screen.shows('curl copied');
  screen.press('e');
  await screen.shows('nothing was sent');
  screen.press('enter');
  await screen.shows('Timeline');
  screen.press('2');
  await screen.shows('User-Agent: ');
  screen.press('3');
  await screen.shows('attempt 1');
  screen.press('ctrl-c');
  await screen.exit;
  seen.look('output', screen.raw());
}

/** A bug in the program, thrown while it listens. */
async function crashing(): Promise<void> {
  const bug = `process.on('SIGUSR2', () => { throw new Error('a bug'); });`;
  writeFileSync(join(here.cwd, 'bug.cjs'), bug);
  const NODE_OPTIONS = `--require=${join(here.cwd, 'bug.cjs')}`;
  const args = ['listen', '--simulate', '--speed', '1000', '--plain', '--debug', '-H', '@headers'];
  const listener = here.run(args, {
    ...env,
    NODE_OPTIONS,
    EAZEWA_HOOKS_HOME: join(here.home, 'other'),
  });
  await listener.said('[200]');
  listener.kill('SIGUSR2');
  const { code, stdout, stderr } = await listener.exit;
  seen.look('output', stdout + stderr);
  expect([code, stderr]).toEqual([1, expect.stringContaining('Error: a bug')]);
}

/** A vendor that refuses our webhook, and repeats all that it was sent, in every form. */
async function refusing(): Promise<void> {
  let webhook = { url: OWN, events: ['message'] };
  const { port } = await startApp((request, response) => {
    const body = JSON.parse(String(request.body) || '{}');
    const sent = body.webhook?.url ?? '';
    const isOurs = sent.includes('/webhooks/whatsapp/');
    if (request.method === 'PUT' && !isOurs) webhook = body.webhook;
    const token = String(request.headers.authorization).slice('Bearer '.length);
    const all = [sent, token].flatMap((one) => [one, encodeURIComponent(one)]);
    const message = `odd: ${[...all, Buffer.from(token).toString('base64')].join(' ')}`;
    const instance = {
      id: 33,
      name: 'Shop',
      webhook_url: webhook.url,
      webhook_events: ['message'],
    };
    response.writeHead(isOurs ? 422 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isOurs ? { message } : { status: 'success', instance }));
  });
  const args = ['listen', '-i', '33', '--api-url', `http://127.0.0.1:${port}/api/v1`];
  const { stderr } = await ended(
    [...args, '--tunnel', 'none', '--json', '--debug', '--no-guard'],
    elsewhere('refusing'),
  );
  expect(stderr).toContain('odd: ');
}

type Refusal = readonly [code: string, args: readonly string[], env?: Record<string, string>];

/** Arguments and settings that are refused, and servers that cannot be reached. */
function refusals(): Refusal[] {
  const target = (host: string) => `http://app:${password}@${host}/?token=${query}`;
  const publicUrl = `https://dev:${publicPassword}@x.test/?key=${publicQuery}`;
  const remote = ['status', '-i', '33', '--api-url', 'https://x.test/api/v1'];
  return [
    ['not_a_public_url', ['listen', ...ON(), '--public-url', publicUrl]],
    ['not_a_target', ['listen', ...ON(), target(':0')]],
    ['target_unreachable', ['replay', 'message.chat', ...ON(), '--to', target('127.0.0.1:9')]],
    ['invalid_ngrok_server', ['listen', ...ON(), '--ngrok-server', `me:${authtoken}@x.test`]],
    ['invalid_api_url', ['status', '--api-url', `https://me:${apiToken}@x.test/?${apiToken}`]],
    ['invalid_instance_id', ['status'], { ...env, EAZEWA_INSTANCE_ID: `12|${apiToken}` }],
    ['vendor_unreachable', remote],
    ['invalid_proxy', remote, { ...env, HTTPS_PROXY: `ftp://me:${proxyPassword}@127.0.0.1:9` }],
    // The profile names the server, and is trusted less than the environment.
    ['untrusted_server', ['status', '-i', '33']],
    ['api_token_refused', ['status', ...ON()], { EAZEWA_API_TOKEN: `${apiToken}${apiToken}` }],
    // The API token in the .env is a wrong one.
    ['api_token_refused', ['status', '-i', '33'], {}],
  ];
}

async function refused([code, args, more = env]: Refusal): Promise<void> {
  const { stderr } = await ended([...args, '--json', '--debug'], more);
  expect(stderr).toContain(`{"error":{"code":"${code}"`);
}

/** The file with the own webhook is damaged: JSON.parse quotes such a file in its message. */
async function damaged(): Promise<void> {
  const folder = join(here.home, 'config', 'own-webhooks');
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), `!${ownPath}`);
  rmSync(join(here.home, 'config', 'config.json'));
  const { stderr } = await ended(['restore', '--own', ...ON(), '--debug']);
  expect(stderr).toMatch(/caused by SyntaxError: Unexpected token .* in JSON/);
}

test('no secret is anywhere but where docs/security.md says', async () => {
  const { kinds, allowed } = allowedBy(PAGE);
  expect(kinds).toEqual(Object.keys(KINDS));
  const inTurn = async () => {
    for (const one of refusals()) await refused(one);
  };
  await Promise.all([listening(), onTerminal(), crashing(), refusing(), inTurn()]);
  rmSync(join(here.cwd, '.env'));
  // The API token in the profile is a wrong one, too.
  await refused(['api_token_refused', ['status', '-i', '33'], {}]);
  input('state/config/config.json', `{ "profiles": { "default": { "apiToken": ${apiToken}`);
  await refused(['invalid_config', ['status', '-i', '33']]);
  await damaged();
  lookAtFiles();
  expect(existsSync(join(here.cwd, 'editor.env'))).toBe(true);
  expect(seen.all()).toEqual(allowed);
}, 60_000);
