/** Row 8: acknowledged events that are lost when the listener is killed at full load. */

import { setTimeout as sleep } from 'node:timers/promises';
import { countLost } from './lost.js';
import { historyIn } from './processes.js';

const EARLIEST_MS = 400;
const LATEST_MS = 1600;
const LONGEST_MS = 10_000;
const NUMBERS_A_ROUND = 1_000_000;

export async function row8(place, kills) {
  const sender = place.sender();
  // One history for all rounds: each listener starts with the history of a killed one.
  const home = place.newHome();
  const acknowledged = [];
  for (let round = 0; round < kills; round++) {
    const listener = await place.listener({ home, args: ['--json'] });
    const { url } = listener;
    const load = sender.run({ url, ms: LONGEST_MS, first: round * NUMBERS_A_ROUND });
    await sleep(EARLIEST_MS + Math.random() * (LATEST_MS - EARLIEST_MS));
    listener.kill();
    const result = await load;
    await listener.ended;
    for (const number of result.acknowledged) acknowledged.push(number);
    place.note(`kill ${round + 1} after ${result.acknowledged.length} acknowledged`);
  }
  await sender.stop();
  const lost = await countLost(historyIn(home), acknowledged);
  return [
    {
      row: 8,
      what: `acknowledged and lost after ${kills} kill -9`,
      measured: String(lost),
      against: `${acknowledged.length} acknowledged`,
      wanted: '0',
      ok: lost === 0,
    },
  ];
}
