import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { between } from '../listener/harness.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };

let here: Place;
let vendor: Vendor;
let crashedUrl: string;

/** An instance that points at a listener which was killed. */
beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
  const listener = here.run(['listen', ...vendor.args, '--json', '--no-guard'], vendor.env);
  await listener.entry('ready');
  listener.kill('SIGKILL');
  await listener.exit;
  crashedUrl = (await vendor.webhook()).url ?? '';
  expect(crashedUrl).not.toBe(OLD.url);
});

const journals = () =>
  readdirSync(join(here.home, 'data'), { recursive: true }).filter((name) =>
    String(name).endsWith('journal.json'),
  );

test('restore restores the original, and has nothing to do after that', async () => {
  const restored = await here.run(['restore'], vendor.env).exit;
  expect(restored).toMatchObject({ code: 0 });
  expect(restored.stdout).toContain(
    'Instance 33: its webhook is restored: http://127.0.0.1:9/old (message)',
  );
  expect(await vendor.webhook()).toEqual(OLD);
  expect(journals()).toEqual([]);
  expect((await here.run(['restore'], vendor.env).exit).code).toBe(0);
});

test('restore says that it restored also where the journal cannot be removed, and fails for that', async () => {
  const [name = ''] = journals().map(String);
  const journal = join(here.home, 'data', name);
  const { apiUrl } = vendor;
  const api = await between(apiUrl);
  writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll(apiUrl, api.apiUrl));
  api.disturb(({ method }) => {
    if (method === 'PUT') {
      // A folder in its place cannot be removed like a file.
      rmSync(journal, { recursive: true, force: true });
      mkdirSync(join(journal, 'x'), { recursive: true });
    }
    return null;
  });
  const { code, stdout, stderr } = await here.run(['restore', '--api-url', api.apiUrl], vendor.env)
    .exit;
  expect(stdout).toContain('its webhook is restored: http://127.0.0.1:9/old');
  expect(stderr).toContain('journal.json cannot be removed');
  expect(code).toBe(13);
});

test('restore --list says what would be restored, and changes nothing', async () => {
  const listed = await here.run(['restore', '--list', '--json'], vendor.env).exit;
  expect(JSON.parse(listed.stdout)).toMatchObject({ outcome: 'left', webhook: { url: OLD.url } });
  expect((await vendor.webhook()).url).toBe(crashedUrl);
});

test('subscribe changes what is restored, not the crashed webhook, and says after which command', async () => {
  const run = (...args: string[]) => here.run(args, vendor.env).exit;
  const at = ['--api-url', vendor.apiUrl, '-i', '33'];
  const before = await vendor.webhook();
  const { code, stderr } = await run('subscribe', 'call', ...at);
  expect(code).toBe(0);
  expect(stderr).toContain('The change applies after: eazewa-hooks restore');
  expect(await vendor.webhook()).toEqual(before);
  expect((await run('restore')).code).toBe(0);
  expect(await vendor.webhook()).toEqual({ ...OLD, events: ['message', 'call'] });
  expect((await run('subscribe', 'ready', ...at)).stderr).not.toContain('restore');
});

test('another listener takes over and restores the original in the end, not the url of the crashed one', async () => {
  const listener = here.run(['listen', ...vendor.args, '--json', '--no-guard'], vendor.env);
  const ready = await listener.entry('ready');
  expect(ready.previous).toMatchObject({ url: OLD.url });
  expect(listener.entries().some(({ code }) => code === 'crashed_listener')).toBe(true);
  // Events to the path of the crashed listener are accepted, too.
  const token = crashedUrl.split('/').at(-1);
  const response = await fetch(`${ready.localUrl}/webhooks/whatsapp/${token}`);
  expect(response.status).toBe(200);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('a webhook that was set since is left as it is, by restore and by listen', async () => {
  const theirs = { url: 'http://127.0.0.1:9/theirs', events: ['call'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const listener = here.run(['listen', ...vendor.args, '--json', '--no-guard'], vendor.env);
  await listener.entry('ready');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(theirs);
});

test('restore leaves a webhook that was set since', async () => {
  const theirs = { url: 'http://127.0.0.1:9/theirs', events: ['call'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const restored = await here.run(['restore'], vendor.env).exit;
  expect(restored.code).toBe(0);
  expect(restored.stdout).toContain('left as it is');
  expect(await vendor.webhook()).toEqual(theirs);
  expect(journals()).toEqual([]);
});

test.each([['events'], ['status', '-i', '33']])(
  '%s says that something was left behind',
  async (...args) => {
    const { stderr } = await here.run([...args, '--api-url', vendor.apiUrl], vendor.env).exit;
    expect(stderr).toContain('left the webhook of instance 33');
    expect(stderr).toContain(`eazewa-hooks restore -i 33 --api-url ${vendor.apiUrl}`);
  },
);

test('restore with a refused API token ends with 10 and keeps the journal', async () => {
  const refused = await here.run(['restore'], { EAZEWA_API_TOKEN: 'wrong' }).exit;
  expect(refused.code).toBe(10);
  expect(refused.stderr).toContain('EAZEWA_API_TOKEN');
  expect(journals()).toHaveLength(1);
});
