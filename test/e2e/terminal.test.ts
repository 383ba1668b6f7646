import { afterEach, beforeEach, expect, test } from 'vitest';
import { BIN, type Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { onTerminal, type Terminal } from '../support/terminal.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

const OLD = { url: 'http://127.0.0.1:9/old', events: ['message'] };

let here: Place;
let vendor: Vendor;
let terminal: Terminal | null = null;

beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: OLD.url });
});
afterEach(async () => {
  terminal?.pty.kill('SIGKILL');
});

function listen(args: readonly string[], env: Record<string, string> = {}): Terminal {
  terminal = onTerminal(process.execPath, [BIN, 'listen', '--plain', ...args], {
    cwd: here.cwd,
    env: here.env({ ...vendor.env, ...env }),
  });
  return terminal;
}

test('--plain gives a terminal lines, in colour, and Ctrl-C puts the webhook back and says so', async () => {
  const listener = listen(vendor.args);
  await listener.shows('Listening on instance 33');
  await vendor.emit({ fixture: 'message.chat' });
  await listener.shows(/--> .*message.*12025550142: "Good morning!/);
  expect(listener.output()).toContain('\x1b[36mmessage\x1b[39m');
  listener.pty.write('\x03');
  const { code, output } = await listener.exit;
  expect(code).toBe(0);
  expect(output).toContain(
    'the webhook is restored; the instance has webhook http://127.0.0.1:9/old (message)',
  );
  expect(output).toContain('Stopped: 1 event received');
  expect(await vendor.webhook()).toEqual(OLD);
});

test.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '0' }] as Record<string, string>[])(
  'no colours with %j',
  async (env) => {
    const listener = listen(vendor.args, env);
    await listener.shows('Listening on instance 33');
    listener.pty.write('\x03');
    await listener.exit;
    expect(listener.output()).not.toContain('\x1b[');
  },
);

test('a terminal that nobody reads holds up neither deliveries nor a signal', async () => {
  const listener = listen(vendor.args);
  await listener.shows('Listening on instance 33');
  listener.pty.pause();
  // Many times what the terminal and the feed can hold.
  await vendor.emit({ fixture: 'message.chat', count: 5000, rate: 2500 });
  const deliveries = await vendor.deliveries();
  expect(deliveries).toHaveLength(5000);
  expect(deliveries.filter(({ status, attempts }) => status !== 200 || attempts !== 1)).toEqual([]);
  process.kill(listener.pty.pid, 'SIGINT');
  await here.run(['status', ...vendor.args.slice(0, 4)], vendor.env).exit;
  // Unread to its end: the process must not wait for its last words to be read.
  await gone(listener.pty.pid);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('the question about a foreign webhook names its host; no leaves everything as it is', async () => {
  const theirs = { url: 'https://bot.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const refused = listen(vendor.args);
  await refused.shows(/bot\.customer\.example.*\[s\/t\/r\/N\]/s);
  refused.pty.write('\r');
  const { code, output } = await refused.exit;
  expect(code).toBe(2);
  // The question has said what would happen: the error does not say it again.
  expect(output).toContain('Not confirmed: nothing was changed');
  expect(output.split('sends its events to bot.customer.example')).toHaveLength(2);
  expect(await vendor.webhook()).toEqual(theirs);

  const agreed = listen([...vendor.args, '--max-events', '1']);
  await agreed.shows('[s/t/r/N]');
  agreed.pty.write('r\r');
  await agreed.shows('Listening on instance 33');
  await vendor.emit({ fixture: 'message.chat' });
  expect((await agreed.exit).code).toBe(0);
  expect(await vendor.webhook()).toEqual(theirs);
});

test.each([
  'https://x.ngrok.app/webhooks/whatsapp/ehk_0123456789abcdef0123456789abcdef',
  'https://dev.example.com/webhooks/whatsapp/ehk_0123456789abcdef0123456789abcdef',
])('no copy is offered for %s, where another listener would get it', async (url) => {
  await vendor.setWebhook(url, ['message']);
  const listener = listen(vendor.args);
  await listener.shows('[s/r/N]');
  listener.pty.write('\r');
  const { code, output } = await listener.exit;
  expect(code).toBe(2);
  expect(output).not.toContain('a copy of each event');
});

test('the end of the input at the question is a no', async () => {
  await vendor.setWebhook('https://bot.customer.example/hook', ['message']);
  const listener = listen(vendor.args);
  await listener.shows('[s/t/r/N]');
  listener.pty.write('\x04');
  expect((await listener.exit).code).toBe(2);
});

test('Ctrl-C at the question leaves everything as it is', async () => {
  const theirs = { url: 'https://bot.customer.example/hook', events: ['message'] };
  await vendor.setWebhook(theirs.url, theirs.events);
  const listener = listen(vendor.args);
  await listener.shows('[s/t/r/N]');
  listener.pty.write('\x03');
  await listener.exit;
  expect(await vendor.webhook()).toEqual(theirs);
});

test('a terminal that is closed ends the listener, and the webhook is restored', async () => {
  const listener = listen(vendor.args);
  await listener.shows('Listening on instance 33');
  const { pid } = listener.pty;
  // What a closed window does: the terminal is gone, and its programs get SIGHUP.
  (listener.pty as unknown as { destroy(): void }).destroy();
  await gone(pid);
  expect(await vendor.webhook()).toEqual(OLD);
});

test('raw bodies are made safe on a terminal', async () => {
  const listener = here.run(['listen', ...vendor.args, '--json', '--max-events', '1'], vendor.env);
  await listener.entry('ready');
  const evil = '\x1b]0;owned\x07\x1b[2J\u202eevil';
  await vendor.emit({
    body: { event: 'message', instanceId: 33, data: { message: { body: evil } } },
  });
  await listener.exit;
  const shown = onTerminal(process.execPath, [BIN, 'events', 'show', 'last', '--raw'], {
    cwd: here.cwd,
    env: here.env({ NO_COLOR: '1' }),
  });
  const { output } = await shown.exit;
  expect(output).toContain('owned');
  for (const harm of ['\x1b', '\x07', '\u202e']) expect(output).not.toContain(harm);
});

/** Resolves when a process is gone. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
