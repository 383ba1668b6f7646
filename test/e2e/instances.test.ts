/** Several instances of one machine: what a failed start leaves, and how people choose between them. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { place } from '../support/program.ts';
import { onTerminal } from '../support/terminal.ts';
import { startVendor } from '../support/vendor.ts';

test('a failed start leaves no instance to choose, and those that were held are chosen by their names', async () => {
  const here = place();
  onTestFinished(() => here.clean());
  const vendor = await startVendor(here);
  const api = ['--api-url', vendor.apiUrl];
  const data = join(here.home, 'data');
  const failed = await here.run(['listen', '-i', '34', ...api], vendor.env).exit;
  expect(failed.code).toBe(12);
  expect(existsSync(data) ? readdirSync(data) : []).toEqual([]);

  const listener = here.run(
    ['listen', '-i', '33', ...api, '--json', '--max-events', '1'],
    vendor.env,
  );
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  expect((await listener.exit).code).toBe(0);
  // The only one, though it is at an API that no command names.
  const only = await here.run(['events']).exit;
  expect(only.stdout).toContain('blue bicycle');
  expect((await here.run(['events', '-i', '33']).exit).stdout).toBe(only.stdout);

  await here.run(['listen', '--simulate', '--json', '--max-events', '1']).exit;
  const { host } = new URL(vendor.apiUrl);
  const asked = await here.run(['events']).exit;
  expect(asked.code).toBe(2);
  expect(asked.stderr).toMatch(new RegExp(`33 .*at ${host}: -i 33 --api-url ${vendor.apiUrl}`));
  expect(asked.stderr).toContain('simulator: -i simulator');

  const terminal = onTerminal(process.execPath, [here.bin, 'events'], {
    cwd: here.cwd,
    env: here.env(),
  });
  await terminal.shows('Which? [1/2/N]');
  const number = /(\d) {2}33 /.exec(terminal.output())?.[1];
  terminal.pty.write(`${number}\r`);
  const { code, output } = await terminal.exit;
  expect(code).toBe(0);
  expect(output).toContain(/evt_\w+/.exec(only.stdout)?.[0]);
});
