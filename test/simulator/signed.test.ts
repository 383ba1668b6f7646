/** The simulator's signatures: by a secret or the API token, with a prefix or without, and the ids beside them. */

import { describe, expect, it } from 'vitest';
import { signatureFor } from '../../src/eazewa/signature.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startApp } from '../support/app.ts';
import { app } from '../support/resources.ts';
import { until } from '../support/until.ts';
import { call, start, TOKEN } from './harness.ts';

const secret = 'the-webhook-secret';
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

async function withApp(options: Partial<SimulatorOptions> = {}) {
  const target = await app();
  const simulator = await start({ url: target.url, events: ['message'] }, options);
  return { target, simulator };
}

describe('a delivery', () => {
  it('is signed with the secret, over its exact bytes, and names request and instance', async () => {
    const { target, simulator } = await withApp({ secret });
    simulator.emit('33', { event: 'message', instanceId: '33', data: { text: 'Grüße 👋' } });
    simulator.emit('33', 'message.chat');
    await target.received(2);
    for (const { headers, body } of target.requests) {
      expect(headers['x-waapi-hmac']).toBe(signatureFor(body, secret));
      expect(headers['x-waapi-request-id']).toMatch(UUID);
      expect(headers['x-waapi-instance-id']).toBe('33');
    }
    const ids = target.requests.map(({ headers }) => headers['x-waapi-request-id']);
    expect(new Set(ids).size).toBe(2);
  });

  it('has none of these headers without a secret', async () => {
    const { target, simulator } = await withApp();
    simulator.emit('33', 'message.chat');
    await target.received(1);
    const names = Object.keys(target.requests[0]?.headers ?? {});
    expect(names.filter((name) => name.startsWith('x-waapi'))).toEqual([]);
  });

  it('carries the same request id each time that it is sent again', async () => {
    const { target, simulator } = await withApp({ secret, retryDelayMs: 1 });
    await target.close();
    const cutting = await startApp((_, response) => {
      if (cutting.requests.length < 3) response.destroy();
      else response.end('ok');
    }, target.port);
    simulator.emit('33', 'message.chat');
    await until(() => simulator.deliveries()[0]?.state === 'answered');
    const sent = cutting.requests.map(({ headers }) => [
      headers['x-waapi-request-id'],
      headers['x-waapi-hmac'],
    ]);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(String)).size).toBe(1);
    expect(sent[0]?.[0]).toMatch(UUID);
  });
});

describe('the switch', () => {
  it('signPrefix writes sha256= before the hex', async () => {
    const { target, simulator } = await withApp({ secret, switches: { signPrefix: 'sha256' } });
    simulator.emit('33', 'message.chat');
    await target.received(1);
    const [request] = target.requests;
    expect(request?.headers['x-waapi-hmac']).toBe(
      signatureFor(request?.body ?? Buffer.alloc(0), secret, true),
    );
  });

  it('signKey signs with the API token, also without a secret, and from then on', async () => {
    const { target, simulator } = await withApp();
    await call(simulator, 'POST', '/_simulator/switches', { signKey: 'apiToken' });
    simulator.emit('33', 'message.chat');
    await target.received(1);
    const [request] = target.requests;
    expect(request?.headers['x-waapi-hmac']).toBe(
      signatureFor(request?.body ?? Buffer.alloc(0), TOKEN),
    );
  });
});
