import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { tuiPlace } from '../support/tui-place.ts';
import { startVendor } from '../support/vendor.ts';

let here: Place;
beforeEach(() => {
  here = place();
});

test('nothing is printed before Listening, and where events are stored once, below it', async () => {
  const vendor = await startVendor(here);
  const listen = (env = vendor.env) =>
    here.run(['listen', ...vendor.args, '--for', '1ms'], env).exit;
  // What is kept on this machine does not matter to somebody whose token is refused.
  const refused = await listen({ EAZEWA_API_TOKEN: 'wrong' });
  expect(refused.stderr).toMatch(/^eazewa-hooks: .*EAZEWA_API_TOKEN.*\n {2}Check .*\n$/);
  expect(refused.stdout).toBe('');
  const first = await listen();
  expect(first.stderr).toMatch(
    /^✓ Listening on instance 33 for[^✓]*events are stored for 7 days or 1 GiB in/,
  );
  const second = await listen();
  expect(second.stderr).toMatch(/^✓ Listening on instance 33 for/);
  expect(second.stderr).not.toContain('events are stored for 7 days');
});

test('the terminal UI says it in its empty list, and leaves only the last line', async () => {
  const screen = await (await tuiPlace()).open();
  await screen.shows('events are stored for 7 days or 1 GiB in');
  screen.press('q');
  expect((await screen.exit).code).toBe(0);
  expect(screen.text().replaceAll('\n', '').trim()).toMatch(
    /^Stopped: 0 events received; the webhook is restored; the instance has webhook [^;]*\(message\)$/,
  );
});

test('a state folder that cannot be used is told before what would be stored there; --no-history on the simulator needs none', async () => {
  // A file where the folder should be: unlike a mode, that stops root too.
  mkdirSync(here.home);
  writeFileSync(join(here.home, 'data'), '');
  const listen = (...more: string[]) =>
    here.run(['listen', '--simulate', '--speed', '50', '--max-events', '1', ...more]).exit;
  const refused = await listen();
  expect(refused.code).toBe(13);
  expect(refused.stderr).not.toContain('events are stored');
  expect(refused.stderr).toContain('EAZEWA_HOOKS_HOME');
  const without = await listen('--no-history');
  expect(without.code, without.stderr).toBe(0);
  expect(without.stderr).toMatch(/Stopped: [1-9]/);
});
