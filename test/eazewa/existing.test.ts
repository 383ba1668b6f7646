import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/eazewa/client.ts';
import { getExisting } from '../../src/eazewa/existing.ts';
import { failureOf } from '../support/failure.ts';
import { type Reply, vendorStub } from '../support/vendor-stub.ts';

const NOT_FOUND: Reply = { status: 404, json: { message: 'Not found.' } };
const SHOP = { id: 34, name: 'Shop', webhook_url: null, webhook_events: [] };

async function failureAfter404(list: Reply) {
  const { apiUrl } = await vendorStub(NOT_FOUND, list);
  const client = createClient({
    apiUrl,
    apiToken: 'tok-hunter2',
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async () => {},
  });
  onTestFinished(() => client.close());
  return failureOf(getExisting(client, '33'));
}

test('an unknown instance: the error names those that exist', async () => {
  expect(await failureAfter404({ json: { instances: [SHOP] } })).toMatchObject({
    exit: 'notFound',
    code: 'no_such_instance',
    hint: expect.stringContaining('34 (Shop)'),
  });
});

test('an API token without instances', async () => {
  expect(await failureAfter404({ json: { instances: [] } })).toMatchObject({
    exit: 'notFound',
    hint: 'This API token has no instance yet.',
  });
});

test.each<[string, Reply]>([
  ['answers 404', NOT_FOUND],
  ['is a page of HTML', { body: '<html>Welcome</html>' }],
  ['redirects', { status: 302, headers: { location: 'https://x.test/login' } }],
  ['has another shape', { json: { data: [] } }],
])('a list of instances that %s: the API url looks wrong', async (_, list) => {
  expect(await failureAfter404(list)).toMatchObject({
    exit: 'vendor',
    code: 'wrong_api_url',
    message: expect.stringMatching(/^The API url looks wrong/),
    hint: expect.stringContaining('/api/v1'),
  });
});

test.each<[string, Reply]>([
  ['fails', { status: 503 }],
  ['is rate limited', { status: 429 }],
  ['is refused', { status: 403 }],
])('a list of instances that %s: the error says that it is not known', async (_, list) => {
  const error = await failureAfter404(list);
  expect(error).toMatchObject({
    exit: 'notFound',
    code: 'no_such_instance',
    hint: expect.stringContaining('could not be read'),
  });
  expect(error.hint).not.toContain('no instance yet');
});

test('a list that has the instance contradicts the 404', async () => {
  const list = { json: { instances: [{ ...SHOP, id: 33 }] } };
  expect(await failureAfter404(list)).toMatchObject({
    exit: 'vendor',
    code: 'vendor_contradicts',
  });
});
