import { describe, expect, it } from 'vitest';
import { loadFixture } from '../../src/fixtures/load.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { call, start, TOKEN } from './harness.ts';

const CLIENT = '/api/v1/instances/33/client';
const STATUSES = [
  'loading_screen',
  'qr',
  'authenticated',
  'ready',
  'disconnected',
  'auth_failure',
] as const;

async function ask(simulator: Simulator, what: string) {
  const { status, json } = await call(simulator, 'GET', `${CLIENT}/${what}`);
  expect(status).toBe(200);
  expect(json.status).toBe('success');
  expect(json.links).toEqual({ self: `${simulator.apiUrl}/instances/33/client/${what}` });
  return json;
}

describe('the state of an instance', () => {
  it('follows the last event, subscribed to or not', async () => {
    const simulator = await start();
    for (const event of STATUSES) {
      simulator.emit('33', { event });
      expect((await ask(simulator, 'status')).clientStatus.instanceStatus).toBe(event);
    }
    simulator.emit('33', 'message.chat');
    simulator.emit('33', { event: 'booting' });
    simulator.emit('33', 'change_state.connected');
    expect((await ask(simulator, 'status')).clientStatus.instanceStatus).toBe('auth_failure');
  });
});

describe('me', () => {
  it('returns the account of a ready client', async () => {
    expect((await ask(await start(), 'me')).me).toEqual({
      status: 'success',
      instanceId: '33',
      data: {
        displayName: expect.any(String),
        contactId: '12025550100@c.us',
        formattedNumber: '+1 202 555 0100',
        profilePicUrl: expect.stringMatching(/^https:/),
      },
    });
  });

  it.each(STATUSES.filter((status) => status !== 'ready'))(
    'is an error inside of a success in the state %s',
    async (instanceStatus) => {
      const simulator = await start();
      simulator.emit('33', { event: instanceStatus });
      expect((await ask(simulator, 'me')).me).toEqual({
        status: 'error',
        message: 'instance not ready',
        instanceId: '33',
        explanation: 'instance has to be in ready status to perform this request',
        instanceStatus,
      });
    },
  );

  it('fails for a new instance that still boots', async () => {
    const simulator = await start();
    await call(simulator, 'POST', '/api/v1/instances');
    const { json } = await call(simulator, 'GET', '/api/v1/instances/34/client/me');
    expect(json.me).toMatchObject({ status: 'error', instanceStatus: 'booting' });
  });
});

describe('qr', () => {
  it('has the image of the last qr event while the client waits for a scan', async () => {
    const simulator = await start();
    expect((await ask(simulator, 'qr')).qrCode).toMatchObject({
      status: 'error',
      instanceId: '33',
      instanceStatus: 'ready',
      explanation: expect.stringContaining('qr'),
    });
    simulator.emit('33', 'qr.fresh');
    const { base64 } = loadFixture('qr.fresh').data as { base64: string };
    expect((await ask(simulator, 'qr')).qrCode).toEqual({
      status: 'success',
      instanceId: '33',
      data: { qr_code: base64 },
    });
    const set = { 'data.base64': 'data:image/png;base64,AAAA' };
    await call(simulator, 'POST', '/_simulator/emit', { fixture: 'qr.fresh', set });
    expect((await ask(simulator, 'qr')).qrCode.data.qr_code).toBe('data:image/png;base64,AAAA');
    simulator.emit('33', 'authenticated.plain');
    expect((await ask(simulator, 'qr')).qrCode.status).toBe('error');
  });

  it.each([undefined, null, 'text', {}, { base64: 7 }, { base64: 'x'.repeat(70_000) }])(
    'has none after an event that brought none',
    async (data) => {
      const simulator = await start();
      simulator.emit('33', 'qr.fresh');
      simulator.emit('33', { event: 'qr', data });
      expect((await ask(simulator, 'qr')).qrCode.data).toEqual({ qr_code: null });
    },
  );
});

describe('ping', () => {
  it.each([`Bearer ${TOKEN}`, undefined])('is the text pong, with the token %s', async (token) => {
    const simulator = await start();
    const headers = { authorization: token };
    const answer = await call(simulator, 'GET', '/api/ping', undefined, headers);
    expect(answer).toMatchObject({ status: 200, text: 'pong' });
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
  });
});
