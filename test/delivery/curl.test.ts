import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CurlOptions, curlOf } from '../../src/delivery/curl.ts';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { eventHeaders } from '../../src/delivery/headers.ts';
import { thrownBy } from '../support/failure.ts';
import { app } from '../support/resources.ts';

const SHELLS = ['bash', 'dash', 'zsh', 'sh'].filter(
  (shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0,
);

const HEADERS = [
  ...['Host', 'x.ngrok.app', 'Accept', 'application/json, text/plain, */*'],
  ...['Content-Type', 'application/json', 'User-Agent', 'WaAPI Webhook User Agent'],
  ...['x-waapi-hmac', 'ab12', 'X-Quote', `it's "$HOME" \`id\` $(id) \\ ! %s`, 'X-Empty', ''],
  ...['X-Bytes', 'caf\xe9\x9b31m\t%d \\', 'X-Two', '1', 'X-Two', '2'],
];

const BODY = `{"text":"it's \\"$(id)\\" \`id\` !! $HOME \\\\ \u{1F600} é %s",\n "n":1.0}`;

function command(
  target: string,
  { headers = HEADERS, body = Buffer.from(BODY) as Uint8Array } = {},
  options: Partial<CurlOptions> = {},
): string {
  const attempt = { target, number: 2, replay: true };
  const history = { lastAttempts: () => [attempt], waitingTargets: () => [] };
  return curlOf(
    { id: 'evt_0123456789abcdef', seq: 1, headers, body },
    history as unknown as Parameters<typeof curlOf>[1],
    { added: [], printSecret: false, ...options },
  );
}

/** Runs a command line in a shell. */
function run(shell: string, line: string, env: NodeJS.ProcessEnv = {}): Promise<number | null> {
  const child = spawn(shell, ['-c', line], { env: { ...process.env, ...env }, stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', resolve));
}

/** What reached an app, without what belongs to a connection. */
const seen = ({
  url,
  rawHeaders,
  body,
}: {
  url: string;
  rawHeaders: readonly string[];
  body: Buffer;
}) => {
  const pairs = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : [],
  );
  const own = /^(host|connection|content-length|authorization):/i;
  return { url, body: body.toString(), headers: pairs.filter((pair) => !own.test(pair)) };
};

describe.each(SHELLS)('in %s', (shell) => {
  test('a command sends the same request as the forwarder', async () => {
    const target = await app();
    const url = `${target.url}/it's/[x]?a=1&b={2}&token=abc`;
    const href = new URL(url.replace('http://', 'http://me:p%40ss@')).href;
    const deliverer = createDeliverer();
    onTestFinished(() => deliverer.close());
    const event = { id: 'evt_0123456789abcdef', headers: HEADERS };
    await deliverer.deliver({
      url: href,
      headers: eventHeaders(event, { number: 2, replay: true }, ['X-Added', 'yes']),
      body: Buffer.from(BODY),
      timeoutMs: 5000,
    });
    const line = command(href, {}, { added: ['X-Added', 'yes'], printSecret: true });
    expect(await run(shell, line)).toBe(0);
    const [ours, curls] = target.requests;
    if (ours === undefined || curls === undefined) throw new Error('a request is missing');
    expect(seen(curls)).toEqual(seen(ours));
    expect(curls.headers.authorization).toBe(ours.headers.authorization);
  });

  test('a command adds no header of its own', async () => {
    const target = await app();
    expect(
      await run(shell, command(target.url, { headers: [], body: Buffer.alloc(2000, 'x') })),
    ).toBe(0);
    expect(target.requests[0]?.rawHeaders.filter((_, i) => i % 2 === 0).sort()).toEqual([
      ...['Content-Length', 'Host'],
      ...['x-eazewa-hooks-attempt', 'x-eazewa-hooks-event', 'x-eazewa-hooks-replay'],
    ]);
  });
});

test.each([
  ['larger than 8 kB', Buffer.alloc(8 * 1024 + 1, 'x')],
  ['with a tab', Buffer.from('{"a":\t1}')],
  ['with a terminal escape', Buffer.from('{"a":"\x1b[2J"}')],
  ['with a direction override', Buffer.from('{"a":"\u202e"}')],
  ['that is no UTF-8', Buffer.from([0x7b, 0xff])],
  ['with NUL', Buffer.from('a\0b')],
])('a body %s comes through a pipe', (_, body) => {
  const line = command('http://127.0.0.1:3000/', { body });
  expect(line).toMatch(/^eazewa-hooks events show evt_0123456789abcdef --raw \| curl /);
  expect(line).toContain('--data-binary @-');
  expect(line).toMatch(/^[\x20-\x7e\n]*$/);
});

test('a body of 8 kB, and one that begins with @, are in the command', () => {
  for (const body of [Buffer.alloc(8 * 1024, 'x'), Buffer.from('@/etc/passwd')]) {
    expect(command('http://127.0.0.1:3000/', { body })).toContain(`--data-raw '${body}'`);
  }
});

test('secrets of the target and of headers are masked unless they are asked for', () => {
  const target = 'http://me:s3cr3t@127.0.0.1:3000/hook?token=s3cr3t';
  const original = ['X-Original-URI', '/webhooks/whatsapp/ehk_s3cr3t'];
  const headers = ['Authorization', 'Bearer s3cr3t', 'X-Api-Key', 's3cr3t', 'X-Plain', 'shown'];
  headers.push(...original);
  const added = ['X-Auth', 's3cr3t', 'X-Mine', 's3cr3t-s3cr3t-s3cr3t'];
  const masked = command(target, { headers }, { added });
  expect(masked).not.toContain('s3cr3t');
  expect(masked).toContain("-H 'X-Plain: shown'");
  const whole = command(target, { headers }, { added, printSecret: true });
  expect(whole.match(/s3cr3t/g)).toHaveLength(9);
});

test('the author of a message is no secret', () => {
  const headers = ['X-Author', 'shown', 'X-Authors', 'also'];
  const line = command('http://127.0.0.1:3000/', { headers });
  expect(line).toContain("-H 'X-Author: shown'");
  expect(line).toContain("-H 'X-Authors: also'");
});

test('an event whose body is no longer stored has no command', () => {
  const event = { id: 'evt_a', seq: 1, headers: [], body: new Uint8Array() };
  const history = { lastAttempts: () => [], waitingTargets: () => [] };
  const made = () =>
    curlOf({ ...event, bodyDropped: true }, history, { added: [], printSecret: false });
  expect(thrownBy(made).code).toBe('body_dropped');
});
