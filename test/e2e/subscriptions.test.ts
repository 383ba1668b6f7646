import { beforeEach, describe, expect, it } from 'vitest';
import { between } from '../listener/harness.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { API_TOKEN, startVendor, type Vendor } from '../support/vendor.ts';
import { withoutSqlite } from '../support/without-sqlite.ts';

const URL = 'http://127.0.0.1:9/hook';

let here: Place;
let vendor: Vendor;
beforeEach(async () => {
  here = place();
  vendor = await startVendor(here, { url: URL, events: 'message,qr' });
});

/** Runs a command on the vendor's instance to its end. */
function command(args: readonly string[], env = vendor.env) {
  const api = vendor.args.filter((arg) => arg !== '--tunnel' && arg !== 'none');
  return here.run([...args, ...api], env).exit;
}

describe('subscribe and unsubscribe', () => {
  it('add and remove an event, and leave the url as it is', async () => {
    const added = await command(['subscribe', 'message_ack']);
    expect(added).toMatchObject({ code: 0 });
    expect(added.stdout).toContain('+ message_ack');
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'qr', 'message_ack'] });

    const listed = await command(['subscriptions', '--json']);
    expect(JSON.parse(listed.stdout).webhook.events).toEqual(['message', 'qr', 'message_ack']);

    const removed = await command(['unsubscribe', 'message_ack', '--json']);
    expect(JSON.parse(removed.stdout)).toMatchObject({
      added: [],
      removed: ['message_ack'],
      webhook: { events: ['message', 'qr'] },
    });
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'qr'] });
  });

  it('with --all take the twenty of the list, and none', async () => {
    await command(['subscribe', '--all']);
    expect((await vendor.webhook()).events).toHaveLength(20);
    await command(['unsubscribe', '--all']);
    expect(await vendor.webhook()).toEqual({ url: URL, events: [] });
  });

  it('with --dry-run say what would change, and change nothing', async () => {
    const { stdout, code } = await command(['subscribe', 'call,ready', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('would change: + call, + ready');
    expect((await vendor.webhook()).events).toEqual(['message', 'qr']);
  });

  it('refuse an unknown event with the nearest names, unless somebody insists', async () => {
    const refused = await command(['subscribe', 'mesage_ack']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('message_ack');
    expect(refused.stderr).toContain('--allow-unknown');
    // The simulator has the vendor's list, too; it says which field it refuses.
    const insisted = await command(['subscribe', 'a_new_one', '--allow-unknown']);
    expect(insisted.code).toBe(2);
    expect(insisted.stderr).toContain('webhook.events.2');
    expect((await vendor.webhook()).events).toEqual(['message', 'qr']);
  });

  it('name no event and not --all: a usage error that says how', async () => {
    const { code, stderr } = await command(['subscribe']);
    expect(code).toBe(2);
    expect(stderr).toContain('--all');
  });

  it('say what it means that no webhook url is set, and how to set one', async () => {
    await vendor.setWebhook(null, ['message']);
    const { code, stderr } = await command(['subscribe', 'call']);
    expect(code).toBe(0);
    expect(stderr).toContain('no webhook url');
    expect(stderr).toContain('eazewa-hooks webhook set <url> -i 33');
    expect(await vendor.webhook()).toEqual({ url: null, events: ['message', 'call'] });
  });

  it('leave a protected instance alone', async () => {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    mkdirSync(`${here.home}/config`, { recursive: true });
    writeFileSync(`${here.home}/config/config.json`, '{"protectedInstances":["33"]}');
    expect((await command(['subscribe', 'call'])).stderr).toContain('protected');
    expect((await command(['webhook', 'clear'])).stderr).toContain('protected');
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'qr'] });
  });
});

describe('at a vendor whose reads lag', () => {
  it.each([
    ['subscribe', ['subscribe', 'call']],
    ['webhook set', ['webhook', 'set', 'http://127.0.0.1:10/new']],
  ])('%s waits until the change shows, and says so once', async (_, args) => {
    const api = await between(vendor.apiUrl);
    vendor = { ...vendor, args: ['--api-url', api.apiUrl, '-i', '33'] };
    const json = {
      instance: { id: 33, name: 'x', webhook_url: URL, webhook_events: ['message', 'qr'] },
    };
    let reads = -1;
    api.disturb(({ method }) => {
      if (method === 'PUT') reads = 0;
      return method === 'GET' && reads >= 0 && reads++ < 2 ? { status: 200, json } : null;
    });
    const { code, stderr } = await command(args);
    expect(code).toBe(0);
    expect(reads).toBe(3);
    expect(stderr.match(/waiting up to 15 s/g)).toHaveLength(1);
  });
});

describe('with a listener running', () => {
  it('a change holds for it, stays when it stops, and the url is restored', async () => {
    const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
    await listener.entry('ready');
    const taken = await vendor.webhook();
    expect(taken.url).not.toBe(URL);

    // No API token: the listener is asked, over its socket, and it has one.
    const changed = await command(['subscribe', 'message_ack'], {});
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.stderr).toContain('applies to the running listener');
    expect(await vendor.webhook()).toEqual({ ...taken, events: ['message', 'qr', 'message_ack'] });
    await listener.entry('webhook', ({ events }) => events.includes('message_ack'));
    expect((await command(['unsubscribe', 'qr'], {})).code).toBe(0);

    const shown = await command(['webhook', 'show', '--json'], {});
    expect(JSON.parse(shown.stdout).webhook).toEqual({
      url: URL,
      events: ['message', 'message_ack'],
    });
    // Without -i, the only running listener is meant.
    const status = await here.run(['status', '--json']).exit;
    expect(JSON.parse(status.stdout)).toMatchObject({ instanceId: '33', takeover: 'running' });

    listener.kill('SIGINT');
    expect((await listener.exit).code).toBe(0);
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'message_ack'] });
  });

  it('a webhook that is set by hand is what the instance has when it stops', async () => {
    const listener = here.run(['listen', ...vendor.args, '--json'], vendor.env);
    await listener.entry('ready');
    const taken = await vendor.webhook();
    const set = await command(['webhook', 'set', 'http://127.0.0.1:10/new', '-e', 'call']);
    expect(set.stdout).toContain('when its listener stops');
    expect(await vendor.webhook()).toEqual(taken);
    listener.kill('SIGINT');
    await listener.exit;
    expect(await vendor.webhook()).toEqual({ url: 'http://127.0.0.1:10/new', events: ['call'] });
    // The instance does not have what it had before.
    const released = await listener.entry('webhook', ({ state }) => state === 'restored');
    expect(released).toMatchObject({ url: 'http://127.0.0.1:10/new', changed: true });
  });

  it('an API that is named is meant, whatever listener runs at another', async () => {
    const listener = here.run(['listen', '--simulate', '--scenario', 'none', '--json']);
    await listener.entry('ready');
    const args = ['subscribe', 'call', '--api-url', vendor.apiUrl, '--json'];
    const { stdout } = await here.run(args, vendor.env).exit;
    expect(JSON.parse(stdout)).toMatchObject({ added: ['call'] });
    expect((await vendor.webhook()).events).toContain('call');
  });

  it('does not depend on what its client does', async () => {
    await vendor.fault({ kind: 'error', path: '/api/v1/instances/33/client/status', count: 5 });
    expect((await command(['subscribe', 'call'])).code).toBe(0);
    expect((await command(['status'])).stdout).toMatch(/client +unknown/);
  });

  it('inside listen --simulate, too', async () => {
    const listener = here.run(['listen', '--simulate', '--scenario', 'none', '--json']);
    await listener.entry('ready');
    const { stdout } = await here.run(['subscribe', 'message', '--json']).exit;
    expect(JSON.parse(stdout)).toMatchObject({ instanceId: '33', added: ['message'] });
    const listed = await here.run(['subscriptions']).exit;
    expect(listed.stdout).toMatch(/✓ message /);
    expect(listed.stdout).toMatch(/- call .*\(only while the listener runs\)/);
    expect(listed.stderr).toContain('no webhook url');
  });

  it('and killed, its journal is changed, and restore puts back the change', async () => {
    const listener = here.run(['listen', ...vendor.args, '--json', '--no-guard'], vendor.env);
    await listener.entry('ready');
    const taken = await vendor.webhook();
    listener.kill('SIGKILL');
    await listener.exit;
    expect((await command(['subscribe', 'call'])).code).toBe(0);
    expect((await vendor.webhook()).url).toBe(taken.url);
    expect((await command(['restore'])).code).toBe(0);
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'qr', 'call'] });
  });
});

describe('without a SQLite', () => {
  it('a listener is reached all the same, and what a killed one left is restored', async () => {
    const env = { ...vendor.env, ...withoutSqlite(here) };
    const args = ['listen', ...vendor.args, '--no-history', '--no-guard', '--json'];
    const listener = here.run(args, env);
    await listener.entry('ready');
    expect((await command(['subscribe', 'call'], env)).code).toBe(0);
    expect((await command(['restore'], env)).stderr).toContain('nothing to restore');
    expect((await here.run(args, env).exit).code).toBe(18);
    listener.kill('SIGKILL');
    await listener.exit;
    expect((await command(['unsubscribe', 'qr'], env)).code).toBe(0);
    expect((await command(['restore'], env)).code).toBe(0);
    expect(await vendor.webhook()).toEqual({ url: URL, events: ['message', 'call'] });
  });
});

describe('webhook', () => {
  it('set, show and clear change it by hand', async () => {
    expect((await command(['webhook', 'set', 'http://127.0.0.1:10/a?key=x'])).code).toBe(0);
    expect(await vendor.webhook()).toEqual({
      url: 'http://127.0.0.1:10/a?key=x',
      events: ['message', 'qr'],
    });
    const masked = await command(['webhook', 'show']);
    expect(masked.stdout).not.toContain('key=x');
    const whole = await command(['webhook', 'show', '--print-secret']);
    expect(whole.stdout).toContain('http://127.0.0.1:10/a?key=x');
    expect((await command(['webhook', 'clear'])).code).toBe(0);
    expect(await vendor.webhook()).toEqual({ url: null, events: ['message', 'qr'] });
  });

  it('of a foreign host is not replaced without its name, --yes or not', async () => {
    const foreign = 'https://bot.example.com/hook';
    await vendor.setWebhook(foreign, ['message']);
    for (const args of [['set', 'http://127.0.0.1:10/a'], ['clear']]) {
      const refused = await command(['webhook', ...args, '--yes']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('--replace bot.example.com');
    }
    expect((await vendor.webhook()).url).toBe(foreign);
    const named = await command(['webhook', 'clear', '--replace', 'bot.example.com']);
    expect(named.code).toBe(0);
    expect((await vendor.webhook()).url).toBe(null);
  });

  it('takes nothing that is no http url', async () => {
    const { code, stderr } = await command(['webhook', 'set', 'ftp://example.com']);
    expect(code).toBe(2);
    expect(stderr).toContain('not a webhook url');
  });
});

describe('instances', () => {
  it('are listed with their webhook, as text and as JSON', async () => {
    const text = await here.run(['instances', '--api-url', vendor.apiUrl], vendor.env).exit;
    expect(text.stdout).toMatch(/^33 .*message, qr/);
    const env = { EAZEWA_API_TOKEN: API_TOKEN, EAZEWA_API_URL: vendor.apiUrl };
    const json = await here.run(['instances', '--json'], env).exit;
    expect(JSON.parse(json.stdout)).toEqual({
      instanceId: '33',
      name: 'Simulator',
      webhook: { url: URL, events: ['message', 'qr'] },
    });
  });
});
