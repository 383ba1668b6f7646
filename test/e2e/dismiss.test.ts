import { beforeEach, describe, expect, test } from 'vitest';
import { BIN, type Place } from '../support/program.ts';
import { app, closedPort, place } from '../support/resources.ts';
import { onTerminal } from '../support/terminal.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let vendor: Vendor;
beforeEach(async () => {
  here = place();
  vendor = await startVendor(here);
});

/** A listener whose app is down, with two events that wait for it. */
async function withWaiting() {
  const port = String(await closedPort());
  const listener = here.run(['listen', port, ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  for (const _ of [1, 2]) await vendor.emit({ fixture: 'message.chat' });
  await listener.entry('warning', ({ code }) => code === 'target_down');
  return { listener, port };
}

async function stop(listener: Awaited<ReturnType<typeof withWaiting>>['listener']) {
  listener.kill('SIGINT');
  return (await listener.exit).stdout;
}

const instance = () => ['--api-url', vendor.apiUrl, '-i', '33'];
const events = (...args: string[]) => here.run(['events', ...args, ...instance()]).exit;

describe('events dismiss --waiting', () => {
  test('has the running listener send them no more; without a terminal it wants --yes', async () => {
    const { listener } = await withWaiting();
    const refused = await events('dismiss', '--waiting');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/2 waiting events would be dismissed.*\n.*--yes/);
    expect((await events('--waiting', '--json')).stdout.trim().split('\n')).toHaveLength(2);

    const done = await events('dismiss', '--waiting', '--yes', '--json');
    expect(done, done.stderr).toMatchObject({ code: 0, stdout: '{"dismissed":2}\n' });
    await listener.entry('warning', ({ code }) => code === 'waiting_dismissed');
    expect((await events('--waiting', '--json')).stdout).toBe('');
    expect((await events('--json')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await events('dismiss', '--waiting')).stderr).toBe('No event waits.\n');
    expect(JSON.parse((await stop(listener)).trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'stopped',
      waiting: 0,
    });
  });

  test('asks on a terminal, with and without a listener; no is the default', async () => {
    const { listener, port } = await withWaiting();
    await stop(listener);
    for (const [typed, code] of [
      ['', 2],
      ['y', 0],
    ] as const) {
      const args = [BIN, 'events', 'dismiss', '--waiting', ...instance()];
      const terminal = onTerminal(process.execPath, args, { cwd: here.cwd, env: here.env() });
      await terminal.shows('Dismiss 2 waiting events?');
      terminal.pty.write(`${typed}\r`);
      expect((await terminal.exit).code).toBe(code);
    }
    const next = here.run(['listen', port, ...vendor.args, '--json'], vendor.env);
    expect(await next.entry('ready')).toMatchObject({ held: 0 });
    expect(await stop(next)).not.toContain('older_waiting');
  });
});

describe('a listener does not remind of waiting events', () => {
  test('that were replayed since, wherever to', async () => {
    const { listener, port } = await withWaiting();
    await stop(listener);
    const other = await app();
    const replayed = await here.run(['replay', 'last', '--to', other.url, ...instance()]).exit;
    expect(replayed.code).toBe(0);
    expect((await events('--waiting', '--json')).stdout.trim().split('\n')).toHaveLength(1);
    const next = here.run(['listen', port, ...vendor.args, '--json'], vendor.env);
    expect(await next.entry('ready')).toMatchObject({ held: 1 });
    expect(await stop(next)).toMatch(/older_waiting.*1 event of an earlier listener waits/);
  });

  test('of the simulator', async () => {
    const port = String(await closedPort());
    const simulate = ['listen', port, '--simulate', '--speed', '50', '--json', '--max-events', '1'];
    expect((await here.run(simulate).exit).stdout).toMatch(/"waiting":[1-9]/);
    const next = await here.run(simulate).exit;
    expect(next.stdout).toMatch(/"held":[1-9]/);
    expect(next.stdout).not.toContain('older_waiting');
  });
});
