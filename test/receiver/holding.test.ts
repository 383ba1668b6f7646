import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  ask,
  BODY,
  fakeWaiting,
  head,
  pass,
  type Started,
  start,
  type Wire,
  wire,
} from './harness.ts';

const REQUEST = head([`Content-Length: ${BODY.length}`]) + BODY;

beforeEach(fakeWaiting);

/** That many requests that wait, each on a connection of its own. */
async function holdMany(started: Started, count: number): Promise<Wire[]> {
  const before = started.admitted.length;
  const lines = await Promise.all(Array.from({ length: count }, () => wire(started.port)));
  for (const line of lines) line.send(REQUEST);
  await until(() => started.admitted.length === before + count);
  return lines;
}

describe('requests whose events cannot be stored', () => {
  test('stay open for two minutes, then are closed without an answer and counted', async () => {
    const started = await start({ hold: true });
    const lines = await holdMany(started, 3);
    await pass(119_000);
    expect(started.admitted.some(({ givenUp }) => givenUp())).toBe(false);
    expect(started.closed).toEqual([]);
    await pass(1000);
    expect(started.closed).toEqual([['not-stored', 3]]);
    await Promise.all(lines.map((line) => line.closed()));
    expect(lines.map((line) => line.text())).toEqual(['', '', '']);
    expect(started.admitted.every(({ givenUp }) => givenUp())).toBe(true);
  });

  test('are closed two minutes after their own arrival', async () => {
    const started = await start({ hold: true });
    await holdMany(started, 2);
    await pass(60_000);
    await holdMany(started, 1);
    await pass(60_000);
    expect(started.admitted.map(({ givenUp }) => givenUp())).toEqual([true, true, false]);
    await until(() => started.closed.length === 1);
    await pass(60_000);
    expect(started.admitted[2]?.givenUp()).toBe(true);
    expect(started.closed).toEqual([
      ['not-stored', 2],
      ['not-stored', 1],
    ]);
  });

  test('are answered when the events are stored within that time', async () => {
    const started = await start({ hold: true });
    const [line] = await holdMany(started, 1);
    await pass(119_000);
    started.admitted[0]?.done();
    await line?.said('200 OK');
    await pass(10_000);
    expect(started.closed).toEqual([]);
  });

  test('are at most 256: the last ones are closed and counted', async () => {
    const started = await start({ hold: true });
    const lines = await holdMany(started, 256);
    await pass(2000);
    expect(started.closed).toEqual([]);
    const late = await holdMany(started, 10);
    await pass(2000);
    expect(started.closed).toEqual([['not-stored', 10]]);
    await Promise.all(late.map((line) => line.closed()));
    expect(started.admitted.filter(({ givenUp }) => givenUp())).toHaveLength(10);
    for (const { done } of started.admitted) done();
    await Promise.all(lines.map((line) => line.said('200 OK')));
  });

  test('free their places when their clients close the connection, and are not counted', async () => {
    const started = await start({ hold: true });
    const lines = await holdMany(started, 250);
    for (const { socket } of lines.slice(0, 20)) socket.destroy();
    await until(() => started.admitted.filter(({ givenUp }) => givenUp()).length === 20);
    await holdMany(started, 26);
    await pass(2000);
    expect(started.closed).toEqual([]);
  });

  test('may be more than 256 as long as each event is stored within a second', async () => {
    const started = await start({ hold: true });
    const lines = await holdMany(started, 300);
    await pass(999);
    for (const { done } of started.admitted) done();
    await Promise.all(lines.map((line) => line.said('200 OK')));
    await pass(200_000);
    expect(started.closed).toEqual([]);
    const answer = ask(started.port);
    await until(() => started.admitted.length === 301);
    started.admitted[300]?.done();
    expect((await answer).status).toBe(200);
  });
});
