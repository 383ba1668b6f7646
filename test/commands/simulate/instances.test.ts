import { beforeEach, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../support/app.ts';
import type { Entry, Place } from '../../support/program.ts';
import { place } from '../../support/resources.ts';

const TOKEN = 'a-token-for-tests';

let here: Place;
let target: App;

beforeEach(async () => {
  here = place();
  target = await startApp();
});

const simulate = (...args: readonly string[]) =>
  here.run(['simulate', '--api-token', TOKEN, '--scenario', 'none', ...args]);

async function call(url: string, method = 'GET', body?: object): Promise<Entry> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Entry;
}

describe('several instances of eazewa-hooks simulate', () => {
  it.each([
    ['repeated', ['simulate', '--instance', '33', '-i', '34']],
    ['around the command', ['-i', '33', 'simulate', '--instance', '34']],
    ['with commas', ['simulate', '-i', '33, 34,33']],
  ])('%s', async (_, args) => {
    const { apiUrl, ...line } = await here
      .run([...args, '--json', '--api-token', TOKEN])
      .entry('simulator');
    expect(line).toMatchObject({ instanceId: '33', instanceIds: ['33', '34'] });
    const { instances } = await call(`${apiUrl}/instances`);
    expect(instances.map(({ id }: { id: number }) => id)).toEqual([33, 34]);
  });

  it('each start with the webhook of the command line, and then have their own', async () => {
    const program = simulate('--json', '-i', '1', '-i', '2', '--webhook', `${target.url}/both`);
    const { apiUrl, port } = await program.entry('simulator');
    const webhook = { url: `${target.url}/two`, events: ['message'] };
    await call(`${apiUrl}/instances/2`, 'PUT', { webhook });
    for (const instanceId of ['1', '2']) {
      const event = { fixture: 'message.chat', instanceId };
      await call(`http://127.0.0.1:${port}/_simulator/emit`, 'POST', event);
    }
    await target.received(2);
    expect(target.requests.map(({ url }) => url).sort()).toEqual(['/both', '/two']);
  });

  it('are named in directions that work', async () => {
    const program = simulate('-i', '7', '-i', '8', '--webhook', target.url);
    await program.said('send an event');
    const printed = program.stdout();
    expect(printed).toContain('7, 8');
    expect(printed).toMatch(/listen 3000 --api-url \S+ -i 7\n/);
    const [, url = '', body = ''] = /curl (\S+) .* -d '([^']+)'/.exec(printed) ?? [];
    expect(JSON.parse(body)).toEqual({ fixture: 'message.chat', instanceId: '7' });
    expect(await call(url, 'POST', JSON.parse(body))).toEqual({ emitted: 1 });
  });

  it('let the last -i count for commands of one instance', async () => {
    const program = simulate('--json', '-i', '33');
    const { apiUrl } = await program.entry('simulator');
    const args = ['status', '--json', '--api-url', apiUrl, '-i', '1', '-i', '33'];
    const { code, stdout } = await here.run(args, { EAZEWA_API_TOKEN: TOKEN }).exit;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ instanceId: '33' });
  });
});

describe('--switch', () => {
  it('is repeatable, and changes what is sent', async () => {
    const program = simulate(
      ...['--json', '--webhook', target.url, '-e', 'message_ack'],
      ...['--switch', 'instanceId=number', '--switch', 'ack=both', '--switch', 'userAgent=eazewa'],
    );
    const { port } = await program.entry('simulator');
    const base = `http://127.0.0.1:${port}/_simulator`;
    await call(`${base}/emit`, 'POST', { fixture: 'message_ack.read' });
    await target.received(1);
    const [request] = target.requests;
    expect(JSON.parse(String(request?.body))).toMatchObject({
      instanceId: 33,
      data: { ack: 3, acknowledged: 3 },
    });
    expect(request?.headers['user-agent']).toBe('eazeWA Webhook User Agent');
    expect((await call(`${base}/switches`)).switches).toMatchObject({ ack: 'both' });
  });

  it.each([
    ['ack=red', 'fixture, ack, acknowledged, both'],
    ['acks=both', 'instanceId, ack, media, rawIds, userAgent'],
    ['both', 'instanceId, ack, media, rawIds, userAgent'],
    ['', 'instanceId, ack, media, rawIds, userAgent'],
  ])('%j ends with 2 and the choices', async (value, choices) => {
    const { code, stderr, stdout } = await simulate('--switch', value).exit;
    expect(code).toBe(2);
    expect(stderr).toContain(choices);
    expect(stdout).toBe('');
  });
});

it('an invalid id ends with 2', async () => {
  const { code, stderr } = await simulate('-i', '33', '-i', 'a/b').exit;
  expect(code).toBe(2);
  expect(stderr).toContain('--instance');
});
