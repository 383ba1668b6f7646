/** What a network does to a tunnel while events flow: nothing that we answered for is lost, and what ngrok answered for us is told. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { StoredEvent } from '../../src/history/history.ts';
import { openHistory } from '../../src/history/sqlite.ts';
import { PROOF_PATH } from '../../src/tunnel/proofs.ts';
import { type EdgePlace, edgePlace, ORIGINAL } from '../support/edge-place.ts';
import type { Answered } from '../support/ngrok-edge/endpoint.ts';
import type { Entry } from '../support/program.ts';
import { until } from '../support/until.ts';

let here: EdgePlace;
beforeEach(async () => {
  here = await edgePlace();
});

const isWebhook = ({ url }: Answered) => !url.startsWith(PROOF_PATH);
const messageId = (body: Uint8Array): string =>
  JSON.parse(Buffer.from(body).toString()).data.message.id._serialized;

/** All that is in the history of the instance. */
async function kept(): Promise<StoredEvent[]> {
  const data = join(here.place.home, 'data');
  const file = readdirSync(data, { recursive: true }).find((name) =>
    String(name).endsWith('history.db'),
  );
  const history = await openHistory(join(data, String(file)));
  try {
    const all = history.list({ limit: 100_000 }).map((seq) => history.event(seq));
    return all.filter((event) => event !== null);
  } finally {
    history.close();
  }
}

test('dropped in each way, and gone for 30 s, while events flow', {
  timeout: 110_000,
}, async () => {
  const { vendor, edge } = here;
  const listener = here.listen(['--recover']);
  await listener.entry('ready');
  const flowing = vendor
    .emit({ fixture: 'message.chat', rate: 20, count: 100_000 })
    .catch(() => {});
  const ups = () =>
    listener
      .entries()
      .filter(({ type, state, outageTo }) => type === 'tunnel' && state === 'up' && outageTo);
  const backWithin10s = async (times: number) => {
    const reachable = Date.now();
    await until(() => ups().length >= times, 'the tunnel is up again', 15_000);
    expect(Date.parse(ups().at(-1)?.outageTo) - reachable).toBeLessThan(10_000);
    const { length } = edge.answered.filter(({ by }) => by === 'app');
    await until(() => edge.answered.filter(({ by }) => by === 'app').length > length + 20);
  };

  let times = 0;
  for (const how of ['reset', 'fin', 'goaway', 'freeze'] as const) {
    edge.drop(how);
    await backWithin10s(++times);
  }
  edge.down();
  const gone = Date.now();
  await until(() => Date.now() - gone > 30_000, '30 s', 40_000);
  await edge.up();
  await backWithin10s(++times);

  // Every message that the edge answered is recovered, once its outage was shown.
  const recovered = () => {
    const entries = listener.entries();
    const up = entries.findLastIndex(({ outageTo }) => outageTo);
    return entries.slice(up).some(({ code }) => code === 'recovered');
  };
  await until(recovered, 'all times are recovered', 20_000);
  const told = Date.now();
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  vendor.program.kill('SIGKILL');
  await flowing;

  const events = await kept();
  const live = new Set(
    events
      .filter(({ origin }) => origin === 'live')
      .map(({ body }) => Buffer.from(body).toString()),
  );
  const answeredByUs = edge.answered.filter(({ by }) => by === 'app').filter(isWebhook);
  expect(answeredByUs.length).toBeGreaterThan(100);
  expect(answeredByUs.every(({ status }) => status === 200)).toBe(true);
  expect(answeredByUs.filter(({ body }) => !live.has(body.toString()))).toEqual([]);

  // What is on its way while the tunnel closes for good belongs to no outage.
  const lost = edge.answered.filter(({ by, at }) => by === 'edge' && at < told).filter(isWebhook);
  expect(lost.length).toBeGreaterThan(300);
  const deaf = (at: number) => (up: Entry) =>
    Date.parse(up.outageFrom) <= at && at <= Date.parse(up.outageTo);
  expect(lost.filter(({ at }) => !ups().some(deaf(at)))).toEqual([]);
  const ids = new Set(events.map(({ body }) => messageId(body)));
  expect(lost.filter(({ body }) => !ids.has(messageId(body)))).toEqual([]);
  // Nothing is there twice, unless it was on its way just then; and that is marked.
  expect(events.filter(({ duplicateOf }) => duplicateOf === null)).toHaveLength(ids.size);
  expect(listener.entries().some(({ type }) => type === 'attempt')).toBe(false);
});

test('without --recover it is said how messages of the deaf time can be had', async () => {
  const listener = here.listen();
  await listener.entry('ready');
  here.edge.drop('reset');
  const { message } = await listener.entry('warning', ({ code }) => code === 'events_may_be_lost');
  expect(message).toContain('listen with --recover');
  listener.kill('SIGINT');
  expect((await listener.exit).code).toBe(0);
  expect(await here.vendor.webhook()).toEqual(ORIGINAL);
});
