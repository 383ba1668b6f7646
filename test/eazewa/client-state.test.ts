import { expect, test } from 'vitest';
import { createClient } from '../../src/eazewa/client.ts';
import { readClientState } from '../../src/eazewa/client-state.ts';
import { type Reply, vendorStub } from '../support/vendor-stub.ts';

const status = { instanceStatus: 'ready', name: null, instanceWebhook: '', instanceEvents: [] };

test.each<[string, string | null, Reply]>([
  ['the state that the API gives', 'ready', { json: { clientStatus: status } }],
  ['null where the API gives none', null, { json: { ...status, instanceStatus: null } }],
  ['null where the call fails', null, { status: 403, json: { message: 'no' } }],
])('reads %s', async (_, state, reply) => {
  const stub = await vendorStub(reply);
  const client = createClient({ apiUrl: stub.apiUrl, apiToken: 'mine', tokenName: 'TOKEN' });
  try {
    expect(await readClientState(client, '33')).toBe(state);
  } finally {
    await client.close();
    await stub.close();
  }
});
