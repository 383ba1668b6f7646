/** Row 3: latency of answers while nobody reads the listener's output, compared with a reader. */

import { countLost } from './lost.js';
import { median, milliseconds } from './numbers.js';
import { historyIn, terminals } from './processes.js';

const ROUNDS = 4;
const RATE = 500;
const WARM_UP_MS = 2000;
const READ_MS = 5000;
const UNREAD_MS = 10_000;
const WANTED = 1.5;

export async function row3(place) {
  const inTerminal = await terminals();
  const sender = place.sender();
  const rows = [
    ...(await compare(place, sender, 'a pipe', { args: ['--json'] })),
    ...(inTerminal === null
      ? []
      : await compare(place, sender, 'a terminal', { args: [], start: inTerminal })),
  ];
  await sender.stop();
  return rows;
}

async function compare(place, sender, where, how) {
  const home = place.newHome();
  const listener = await place.listener({ home, ...how });
  const { url } = listener;
  const acknowledged = [];
  let unanswered = 0;
  let first = 0;
  const run = async (ms) => {
    const result = await sender.run({ url, ms, rate: RATE, first });
    first += (RATE * ms) / 1000;
    for (const number of result.acknowledged) acknowledged.push(number);
    unanswered += result.unanswered;
    return result;
  };

  await run(WARM_UP_MS);
  const read = [];
  const unread = [];
  for (let round = 0; round < ROUNDS; round++) {
    read.push(await run(READ_MS));
    listener.pause();
    unread.push(await run(UNREAD_MS));
    listener.resume();
    place.note(
      `${where}, round ${round + 1}: p99 ${latest(read)} read, ${latest(unread)} not read`,
    );
  }
  await listener.stop();

  const lost = unanswered + (await countLost(historyIn(home), acknowledged));
  const p50 = (results) => median(results.map((result) => result.p50));
  const p99 = (results) => median(results.map((result) => result.p99));
  const ratio = p99(unread) / p99(read);
  return [
    {
      row: 3,
      what: `p50 with ${where} that is not read`,
      measured: milliseconds(p50(unread)),
      against: milliseconds(p50(read)),
      ratio: p50(unread) / p50(read),
    },
    {
      row: 3,
      what: `p99 with ${where} that is not read`,
      measured: milliseconds(p99(unread)),
      against: milliseconds(p99(read)),
      ratio,
      wanted: `≤ ${WANTED}`,
      ok: ratio <= WANTED,
    },
    {
      row: 3,
      what: `unanswered, or acknowledged and lost (${where})`,
      measured: String(lost),
      against: `${first} sent`,
      wanted: '0',
      ok: lost === 0,
    },
  ];
}

function latest(results) {
  return milliseconds(results.at(-1).p99);
}
