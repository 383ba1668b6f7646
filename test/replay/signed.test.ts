/** The signature and the request id of what a replay sends. */

import { expect, test } from 'vitest';
import { signatureFor, signatureOf } from '../../src/eazewa/signature.ts';
import type { ReplayItem } from '../../src/replay/item.ts';
import { replay } from '../../src/replay/send.ts';
import { newEvent, store, textBody } from '../history/support.ts';
import { app } from '../support/resources.ts';
import { item, world } from './world.ts';

const SECRET = 'the-webhook-secret';
const OLD_ID = '0d5d7ad7-6a3b-4b5b-9f2a-000000000001';
const SET = { set: [['data.message.body', '"Other"']] } as const;

/** Replays a signed event of history; its request, and the warnings. */
async function replayed(parts: Partial<ReplayItem>, secret: string | null, prefix = false) {
  const target = await app();
  const { world: here, history, entries } = await world([target.url], { secret });
  const body = textBody('Hello');
  const signature = signatureFor(body, 'the secret of that time', prefix);
  const headers = ['A', '1', 'X-WAAPI-HMAC', signature, 'x-waapi-request-id', OLD_ID, 'B', '2'];
  store(history, newEvent({ body, headers }));
  await replay([item({ event: 'last' }, parts)], here);
  const [request] = target.requests;
  if (request === undefined) throw new Error('the app got no request');
  const warnings = entries.flatMap((entry) => (entry.type === 'warning' ? [entry.code] : []));
  return { request, warnings, signature, history };
}

test.each([SECRET, null])(
  'the same body keeps signature and request id (secret: %s)',
  async (secret) => {
    const { request, warnings, signature } = await replayed({}, secret);
    expect(request.headers).toMatchObject({
      'x-waapi-hmac': signature,
      'x-waapi-request-id': OLD_ID,
    });
    expect(warnings).toEqual([]);
  },
);

test.each([
  ['--set', SET, false],
  ['--remove', { remove: ['data.media'] }, true],
  ['--fresh', { fresh: true }, true],
])(
  'a body changed by %s is signed anew in the form it had, and has a new request id',
  async (_, parts, prefix) => {
    const { request, warnings, history } = await replayed(parts, SECRET, prefix);
    const { rawHeaders, headers, body } = request;
    expect(signatureOf(rawHeaders, body, SECRET)).toBe('signed');
    expect(headers['x-waapi-hmac']).toBe(signatureFor(body, SECRET, prefix));
    const names = rawHeaders.filter((_, i) => i % 2 === 0);
    expect(names.slice(0, 6)).toEqual(expect.arrayContaining(['A', 'X-WAAPI-HMAC', 'B']));
    expect(headers['x-waapi-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(headers['x-waapi-request-id']).not.toBe(OLD_ID);
    expect(warnings).toEqual([]);
    // What did not arrive is not judged.
    expect(history.event(2)).toMatchObject({ origin: 'replay' });
    expect(history.event(2)).not.toHaveProperty('signature');
  },
);

test.each([SECRET, null])(
  'a --set that changes nothing keeps signature and request id (secret: %s)',
  async (secret) => {
    const set = [['data.message.body', '"Hello"']] as const;
    const { request, warnings, signature } = await replayed({ set }, secret);
    expect(request.headers).toMatchObject({
      'x-waapi-hmac': signature,
      'x-waapi-request-id': OLD_ID,
    });
    expect(warnings).toEqual([]);
  },
);

test('a changed body is sent without its signature where the secret is not known, and a warning says so', async () => {
  const { request, warnings } = await replayed(SET, null);
  expect(request.headers).not.toHaveProperty('x-waapi-hmac');
  expect(request.headers['x-waapi-request-id']).not.toBe(OLD_ID);
  expect(warnings).toEqual(['signature_removed']);
});

test('the warning comes once, however many events lose their signature', async () => {
  const target = await app();
  const { world: here, history, entries } = await world([target.url]);
  const event = newEvent({ headers: ['x-waapi-hmac', 'ab'] });
  store(history, event, newEvent({ headers: ['x-waapi-hmac', 'cd'] }));
  await replay([item({ event: event.id }, SET), item({ event: 'last' }, SET)], here);
  expect(entries.filter(({ type }) => type === 'warning')).toHaveLength(1);
});

test('an edited body takes the headers of its event, signed anew', async () => {
  const target = await app();
  const { world: here, history } = await world([target.url], { secret: SECRET });
  const signature = signatureFor(textBody('Hello'), 'old', true);
  const event = newEvent({ headers: ['X-One', '1', 'x-waapi-hmac', signature] });
  store(history, event);
  const edited = textBody('Edited');
  const source = { event: event.id, body: Buffer.from(edited).toString('base64') };
  await replay([{ ...item({ event: 'last' }), source }], here);
  const [request] = target.requests;
  expect(request?.body.equals(edited)).toBe(true);
  expect(request?.headers).toMatchObject({
    'x-one': '1',
    'x-waapi-hmac': signatureFor(edited, SECRET, true),
  });
});

test('a fixture is signed where the secret is known, and has no request id', async () => {
  const target = await app();
  const { world: here, history } = await world([target.url], { secret: SECRET });
  const body = { event: 'message', instanceId: '33', data: {} };
  await replay([item({ body }), item({ body }, { fresh: true })], here);
  for (const { rawHeaders, headers, body: sent } of target.requests) {
    expect(signatureOf(rawHeaders, sent, SECRET)).toBe('signed');
    expect(headers).not.toHaveProperty('x-waapi-request-id');
  }
  expect(target.requests).toHaveLength(2);
  // A later replay of the stored fixture sends the same signature.
  await replay([item({ event: 'last' })], here);
  expect(target.requests[2]?.headers['x-waapi-hmac']).toBe(
    target.requests[1]?.headers['x-waapi-hmac'],
  );
  expect(history.event(1)?.headers).toContain('x-waapi-hmac');
});
