import { expect, test } from 'vitest';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

// In a file of its own: it takes the 30 s that the promise is about.
test('a vendor that is gone at the end leads to 20 and the command that finishes it', async () => {
  const here = place();
  const vendor = await startVendor(here, { url: 'http://127.0.0.1:9/old' });
  const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
  await listener.entry('ready');
  vendor.program.kill('SIGKILL');
  await vendor.program.exit;
  listener.kill('SIGTERM');
  const { code } = await listener.exit;
  expect(code).toBe(20);
  const last = listener.entries().slice(-3);
  expect(last[0]).toMatchObject({ type: 'webhook', state: 'not-restored' });
  expect(last[1]?.message).toContain(`eazewa-hooks restore -i 33 --api-url ${vendor.apiUrl}`);
  expect(last[2]).toMatchObject({ type: 'stopped', restored: false });
}, 60_000);
