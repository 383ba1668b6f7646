import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { between } from '../listener/harness.ts';
import { type GuardPlace, guardPlace, ORIGINAL } from '../support/guard-place.ts';
import { guardsOf, isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { API_TOKEN } from '../support/vendor.ts';

let at: GuardPlace;

beforeEach(async () => {
  at = await guardPlace();
});

/** A file in the instance's folder; null where there is none. */
function stateFile(name: string): string | null {
  const data = join(at.here.home, 'data');
  const path = readdirSync(data, { recursive: true }).find((file) => String(file).endsWith(name));
  try {
    return path === undefined ? null : readFileSync(join(data, String(path)), 'utf8');
  } catch {
    // It was removed since it was listed.
    return null;
  }
}

const report = () => JSON.parse(stateFile('guard.json') ?? 'null');

test('restores the webhook when its listener is killed, says so, and ends', async () => {
  const listener = await at.listen();
  const [guard = 0] = guardsOf(listener.child.pid);
  expect((await at.vendor.webhook()).url).not.toBe(ORIGINAL.url);
  listener.kill('SIGKILL');
  await at.restored();
  await until(() => !isAlive(guard), 'the guard to end');
  expect(await at.vendor.webhook()).toEqual(ORIGINAL);
  expect(stateFile('journal.json')).toBe(null);
  expect(report()).toMatchObject({ instanceId: '33', outcome: 'restored', tries: 1, error: null });
  const status = await at.here.run(['status', ...at.vendor.args.slice(0, 4)], at.vendor.env).exit;
  expect(status.stdout).toMatch(
    /guard +The listener of instance 33 crashed .*restored its webhook at/,
  );
  const { code, stderr } = await at.here.run(['restore'], at.vendor.env).exit;
  expect(code).toBe(0);
  expect(stderr).toMatch(/nothing to restore.*its guard restored its webhook at/s);
});

test('ends with a listener that restored the webhook itself, and leaves nothing', async () => {
  const listener = await at.listen();
  const [guard = 0] = guardsOf(listener.child.pid);
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  await until(() => !isAlive(guard), 'the guard to end');
  expect(report()).toBe(null);
  expect(await at.vendor.webhook()).toEqual(ORIGINAL);
});

test('tries again until the vendor is back, and other commands say so', async () => {
  const listener = await at.listen();
  await at.vendor.fault({ kind: 'status', status: 500, count: 1000, path: '/api/v1/instances' });
  listener.kill('SIGKILL');
  await until(() => report()?.error, 'a failed attempt');
  const { stderr } = await at.here.run(['events'], at.vendor.env).exit;
  expect(stderr).toMatch(
    /its guard has tried \d+ times? to restore its webhook \(.*500.*It keeps trying/,
  );
  await at.vendor.heal();
  await at.restored();
  await until(() => report().outcome === 'restored', 'the report');
  expect(report().tries).toBeGreaterThan(1);
});

test('leaves a webhook that somebody else has set', async () => {
  const listener = await at.listen();
  const theirs = { url: 'http://127.0.0.1:9/theirs', events: ['call'] };
  await at.vendor.setWebhook(theirs.url, theirs.events);
  listener.kill('SIGKILL');
  await until(() => report()?.outcome === 'changed', 'the report');
  expect(await at.vendor.webhook()).toEqual(theirs);
  expect(stateFile('journal.json')).toBe(null);
});

test('does not believe a read that shows the original when its listener is killed', async () => {
  const api = await between(at.vendor.apiUrl);
  const listener = await at.listen('--api-url', api.apiUrl);
  let isStale = true;
  api.disturb(({ method }) => {
    if (method !== 'GET' || !isStale) return null;
    isStale = false;
    const json = {
      instance: { id: 33, name: 'x', webhook_url: ORIGINAL.url, webhook_events: ORIGINAL.events },
    };
    return { status: 200, json };
  });
  listener.kill('SIGKILL');
  await until(() => stateFile('journal.json') === null, 'the guard to settle it', 20_000);
  expect(isStale).toBe(false);
  expect(await at.vendor.webhook()).toEqual(ORIGINAL);
  const { tries } = await until(() => report()?.outcome !== 'trying' && report(), 'the report');
  expect(tries).toBeGreaterThan(2);
});

test('finishes what a listener leaves that was told twice to stop', async () => {
  const listener = await at.listen();
  at.vendor.program.kill('SIGSTOP');
  listener.kill('SIGINT');
  await listener.entry('warning', ({ code }) => code === 'restore_retry');
  listener.kill('SIGINT');
  const { code, stderr } = await listener.exit;
  expect(code).toBe(20);
  expect(stderr).toContain('The guard finishes this: it is restoring it now.');
  expect(listener.entries().slice(-3)).toMatchObject([
    { type: 'webhook', state: 'not-restored' },
    { code: 'not_restored', message: expect.stringContaining('The guard finishes this') },
    { type: 'stopped', restored: false },
  ]);
  at.vendor.program.kill('SIGCONT');
  await at.restored();
});

test('finishes it also where a change has no answer, and the listener does not wait for that', async () => {
  const listener = await at.listen();
  await at.vendor.fault({ kind: 'silent', method: 'PUT', count: 100 });
  const changing = at.here.run(['subscribe', 'call'], at.vendor.env);
  await until(() => stateFile('journal.json')?.includes('"about-to-renew"'), 'the change to begin');
  listener.kill('SIGTERM');
  await listener.entry('warning', ({ code }) => code === 'change_under_way');
  const again = setInterval(() => listener.kill('SIGTERM'), 100);
  await listener.entry('webhook', ({ state }) => state === 'not-restored');
  // A third one would end it at once.
  clearInterval(again);
  const told = performance.now();
  expect((await listener.exit).code).toBe(20);
  expect(performance.now() - told).toBeLessThan(5000);
  expect((await changing.exit).code).not.toBe(0);
  await at.vendor.heal();
  await at.restored();
});

test('is replaced when it is killed, and the other one does its work', async () => {
  const listener = await at.listen();
  const [first = 0] = guardsOf(listener.child.pid);
  // It has to have lived for a moment: one that ends at once would do so again.
  const ready = performance.now();
  await until(() => performance.now() - ready > 1100);
  process.kill(first, 'SIGKILL');
  await listener.entry('warning', ({ code }) => code === 'guard_gone');
  await until(() => guardsOf(listener.child.pid).some((pid) => pid !== first), 'another guard');
  listener.kill('SIGKILL');
  await at.restored();
});

test('killed with its listener, it leaves the work to restore', async () => {
  const listener = await at.listen();
  const [guard = 0] = guardsOf(listener.child.pid);
  process.kill(listener.child.pid ?? 0, 'SIGSTOP');
  process.kill(guard, 'SIGKILL');
  listener.kill('SIGKILL');
  await listener.exit;
  expect((await at.vendor.webhook()).url).not.toBe(ORIGINAL.url);
  expect((await at.here.run(['restore'], at.vendor.env).exit).code).toBe(0);
  expect(await at.vendor.webhook()).toEqual(ORIGINAL);
});

test('a listener that is started while it waits for the vendor takes over from it', async () => {
  let listener = await at.listen();
  await at.vendor.fault({ kind: 'status', status: 500, count: 3, path: '/api/v1/instances' });
  const [guard = 0] = guardsOf(listener.child.pid);
  listener.kill('SIGKILL');
  await until(() => report()?.error, 'a failed attempt');
  listener = await at.listen();
  await until(() => !isAlive(guard), 'the first guard to end');
  expect((await at.vendor.webhook()).url).not.toBe(ORIGINAL.url);
  listener.kill('SIGKILL');
  await at.restored();
});

test('--no-guard: there is none', async () => {
  const listener = await at.listen('--no-guard');
  expect(guardsOf(listener.child.pid)).toEqual([]);
});

describe.runIf(process.platform === 'linux')('nobody else on the machine sees', () => {
  test('the API token in its arguments or its environment', async () => {
    const listener = await at.listen();
    const [guard = 0] = guardsOf(listener.child.pid);
    expect(readFileSync(`/proc/${guard}/cmdline`, 'utf8')).not.toContain(API_TOKEN);
    expect(readFileSync(`/proc/${guard}/environ`, 'utf8')).not.toContain(API_TOKEN);
  });
});
