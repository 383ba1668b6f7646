import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import { type App, type AppRequest, startApp } from '../support/app.ts';
import type { Place } from '../support/program.ts';
import { place } from '../support/resources.ts';
import { startVendor, type Vendor } from '../support/vendor.ts';

let here: Place;
let app: App;
let vendor: Vendor;
/** What the app answers. */
let status: (request: AppRequest) => number;
beforeEach(async () => {
  here = place();
  status = () => 200;
  app = await startApp((request, response: ServerResponse) => {
    response.writeHead(status(request)).end();
  });
  vendor = await startVendor(here, { url: 'http://127.0.0.1:9/own/path' });
});

const paths = () => app.requests.map(({ url }) => url);
const replay = (...args: string[]) =>
  here.run(['replay', ...args, '--api-url', vendor.apiUrl, '-i', '33']).exit;

/** A listener has sent an event to these targets, and has ended. */
async function listened(...targets: string[]) {
  const args = ['listen', ...targets, ...vendor.args, '--json', '--max-events', '1'];
  const listener = here.run(args, vendor.env);
  await listener.entry('ready');
  await vendor.emit({ fixture: 'message.chat' });
  expect((await listener.exit).code).toBe(0);
}

describe('without a listener', () => {
  test('an event goes where it went before: without --to, and changed too', async () => {
    await listened(`${app.port}/hook`, `${app.port}/copy`);
    expect(paths().sort()).toEqual(['/copy', '/hook']);
    const again = await replay('last');
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stderr).toContain('Replayed: 2 delivered');
    expect(paths().slice(2).sort()).toEqual(['/copy', '/hook']);
    expect((await replay('last', '--set', 'data.message.body=Hi')).code).toBe(0);
    expect(paths().slice(4).sort()).toEqual(['/copy', '/hook']);
    // What never went anywhere has no other target, and no fixture has.
    const fixture = await replay('last', 'message.chat', '--yes');
    expect(fixture.code).toBe(2);
    expect(fixture.stderr).toContain('No target is set');
    expect(app.requests).toHaveLength(6);
  });

  test('a target without a path means the same path as with one', async () => {
    await listened(`${app.port}`);
    expect((await replay('message.chat', '--to', `${app.port}`)).code).toBe(0);
    expect((await replay('message.chat', '--to', `${app.port}/`)).code).toBe(0);
    expect(paths()).toEqual(['/own/path', '/own/path', '/']);
  });

  test('a replay that has no target creates no history', async () => {
    expect((await replay('message.chat')).code).toBe(2);
    expect((await here.run(['events']).exit).stderr).toContain('Nothing was received');
  });
});

describe('the summary of a replay', () => {
  test('says what the app made of it, and --fail makes a refusal 21', async () => {
    status = ({ body }) => {
      const { event } = JSON.parse(String(body));
      return { message: 204, message_ack: 404, qr: 500 }[event as string] ?? 200;
    };
    const what = ['message.chat', 'message_ack.read', 'message_ack.delivered', 'qr.fresh'];
    const to = ['--to', app.url];
    const lenient = await replay(...what, ...to);
    expect(lenient.code).toBe(0);
    expect(lenient.stderr).toContain('Replayed: 1 delivered, 3 refused: 404 (2), 500 (1)\n');
    const strict = await replay(...what.slice(0, 3), ...to, '--fail');
    expect(strict.code).toBe(21);
    expect(strict.stderr).toContain('Your app refused 2 of 3: 1 delivered, 2 refused: 404\n');
    expect((await replay('message.chat', ...to, '--fail')).code).toBe(0);
  });
});
