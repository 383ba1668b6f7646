import { expect, test } from 'vitest';
import { place } from '../support/resources.ts';
import { startVendor } from '../support/vendor.ts';

test('the url of a listener of another machine is replaced with consent only, and never restored', async () => {
  const [one, two] = [place(), place()];
  const vendor = await startVendor(one, { url: 'http://127.0.0.1:9/old' });
  const listen = ['listen', ...vendor.args, '--json'];
  const first = one.run(listen, vendor.env);
  await first.entry('ready');
  const { url } = await vendor.webhook();

  const refused = await two.run(listen, vendor.env).exit;
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('--replace 127.0.0.1');
  expect((await vendor.webhook()).url).toBe(url);

  const second = two.run([...listen, '--replace', '127.0.0.1'], vendor.env);
  await second.entry('ready');
  expect(second.entries().map(({ code }) => code)).toContain('another_listener');
  first.kill('SIGINT');
  expect((await first.exit).code).toBe(0);
  second.kill('SIGINT');
  const { code, stdout } = await second.exit;
  expect(code).toBe(20);
  expect(stdout).toContain('eazewa-hooks webhook set <url> -i 33');
  expect((await vendor.webhook()).url).not.toBe(url);
});

test('the own webhook can be named while the url of another listener is held, with the command that the warning has', async () => {
  const here = place();
  const theirs = `https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`;
  const vendor = await startVendor(here);
  await vendor.setWebhook(theirs, ['message']);
  const replace = ['--replace', 'dev.example.com', '--json'];
  const listener = here.run(['listen', ...vendor.args, ...replace], vendor.env);
  await listener.entry('ready');
  const own = 'https://bot.example.com/hook';
  const set = await here.run(['webhook', 'set', own], vendor.env).exit;
  expect(set).toMatchObject({ code: 0, stderr: '' });
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual({ url: own, events: ['message'] });
});
