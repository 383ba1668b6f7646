import { describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/eazewa/client.ts';
import { call, start, TOKEN } from './harness.ts';

const WEBHOOK = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };

/** A simulator and the program's client, which records its pauses instead of waiting. */
async function withClient(apiToken = TOKEN) {
  const simulator = await start(WEBHOOK);
  const waits: number[] = [];
  const client = createClient({
    apiUrl: simulator.apiUrl,
    apiToken,
    tokenName: 'EAZEWA_API_TOKEN',
    sleep: async (ms) => waits.push(ms),
    timeoutMs: 2_000,
  });
  onTestFinished(() => client.close());
  const fault = (wanted: object) => call(simulator, 'POST', '/_simulator/faults', wanted);
  return { simulator, client, waits, fault };
}

describe("the program's own client understands", () => {
  it('an instance, the list, an update and the status', async () => {
    const { client, simulator } = await withClient();
    expect(await client.getInstance('33')).toEqual({ id: '33', name: 'Test', webhook: WEBHOOK });
    await call(simulator, 'POST', '/api/v1/instances', { name: 'Second' });
    expect((await client.listInstances()).map(({ id, name }) => [id, name])).toEqual([
      ['33', 'Test'],
      ['34', 'Second'],
    ]);
    const update = { url: null, events: ['call'] };
    await client.updateWebhook('34', update);
    expect((await client.getInstance('34')).webhook).toEqual(update);
    expect(await client.clientStatus('34')).toEqual({
      state: 'booting',
      name: 'Second',
      webhook: update,
    });
    expect((await client.clientStatus('33')).state).toBe('ready');
  });

  it('a wrong token', async () => {
    const { client } = await withClient('wrong');
    await expect(client.getInstance('33')).rejects.toMatchObject({ exit: 'auth' });
  });

  it('an instance that there is not, or not any more', async () => {
    const { client, simulator } = await withClient();
    await expect(client.getInstance('34')).rejects.toMatchObject({ exit: 'notFound' });
    await call(simulator, 'DELETE', '/api/v1/instances/33');
    await expect(client.clientStatus('33')).rejects.toMatchObject({ exit: 'notFound' });
  });

  it('values that are not valid, field by field', async () => {
    const { client } = await withClient();
    const update = client.updateWebhook('33', { url: 'nowhere', events: ['mesage'] });
    await expect(update).rejects.toMatchObject({
      exit: 'usage',
      code: 'vendor_refused',
      message: expect.stringMatching(/webhook\.url: .*webhook\.events\.0: /),
    });
  });

  it('a rate limit: it waits as long as told, three times in all', async () => {
    const { client, waits, fault } = await withClient();
    await fault({ kind: 'status', status: 429, retryAfter: 2, count: 3 });
    await expect(client.getInstance('33')).rejects.toMatchObject({ exit: 'rateLimited' });
    expect(waits).toEqual([2_000, 2_000]);
    await fault({ kind: 'status', status: 429, retryAfter: 1 });
    expect(await client.getInstance('33')).toMatchObject({ id: '33' });
  });

  it.each([
    [{ kind: 'error' }, 'vendor_error'],
    [{ kind: 'html', count: 3 }, 'vendor_failing'],
    [{ kind: 'status', status: 503, count: 3 }, 'vendor_failing'],
    [{ kind: 'status', status: 400 }, 'vendor_error'],
    [{ kind: 'cut', count: 3 }, 'vendor_unreachable'],
  ])('a vendor that fails: %j', async (wanted, code) => {
    const { client, fault } = await withClient();
    for (const ask of [
      () => client.getInstance('33'),
      () => client.listInstances(),
      () => client.clientStatus('33'),
      () => client.updateWebhook('33', { url: null, events: [] }),
    ]) {
      await fault(wanted);
      await expect(ask()).rejects.toMatchObject({ exit: 'vendor', code });
      expect(await client.getInstance('33')).toMatchObject({ webhook: WEBHOOK });
    }
  });

  it('a vendor that is silent', async () => {
    const { simulator, fault } = await withClient();
    const { apiUrl } = simulator;
    const hurried = createClient({
      ...{ apiUrl, apiToken: TOKEN, tokenName: 'EAZEWA_API_TOKEN' },
      timeoutMs: 50,
      sleep: async () => {},
    });
    onTestFinished(() => hurried.close());
    await fault({ kind: 'silent', count: 3 });
    await expect(hurried.getInstance('33')).rejects.toMatchObject({
      exit: 'vendor',
      code: 'vendor_unreachable',
      message: expect.stringContaining('did not answer'),
    });
  });
});
