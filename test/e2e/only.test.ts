import { expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

test('--only takes a phone number, is shown, and the events of other chats are skipped', async () => {
  const here = place();
  const app = await startApp();
  const vendor = await startVendor(here);
  const args = [`${app.port}`, ...vendor.args, '--only', '+1 202 555 0199', '--max-events', '2'];
  const listener = here.run(['listen', ...args], vendor.env);
  await listener.said('only 12025550199@c.us: events of other chats are stored and shown');
  await vendor.emit({ fixture: 'message.chat' });
  const set = {
    'data.message.id.remote': '12025550199@c.us',
    'data.message.from': '12025550199@c.us',
  };
  await vendor.emit({ fixture: 'message.chat', set });
  expect((await listener.exit).stderr).toContain('Stopped: 2 events received; 1 delivery\n');
  expect(listener.stderr()).not.toContain('waiting');
  expect(app.requests).toHaveLength(1);
  expect(String(app.requests[0]?.body)).toContain('12025550199@c.us');
  const waiting = await here.run(['events', 'list', '--waiting', '--json', ...instance(vendor)])
    .exit;
  expect(waiting).toMatchObject({ code: 0, stdout: '' });
});

test('--only refuses what is no chat, before anything is taken', async () => {
  const here = place();
  const { code, stderr } = await here.run(['listen', '3000', '--simulate', '--only', 'Ada']).exit;
  expect(code).toBe(2);
  expect(stderr).toContain('Ada is not a chat');
  expect(stderr).toContain('491511234567@c.us');
});

function instance({ apiUrl }: { readonly apiUrl: string }): readonly string[] {
  return ['--api-url', apiUrl, '-i', '33'];
}
