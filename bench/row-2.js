/** Row 2: latency of answers with the terminal UI, compared with no view. */

import { median, milliseconds } from './numbers.js';
import { terminals } from './processes.js';

const ROUNDS = 5;
const RATE = 500;
const WARM_UP_MS = 2000;
const ROUND_MS = 5000;
const WANTED = 1.5;

export async function row2(place) {
  const start = await terminals();
  if (start === null) return [];
  const sender = place.sender();
  const drawn = await place.listener({ home: place.newHome(), args: [], start });
  const bare = await place.listener({ home: place.newHome(), args: ['--json', '--quiet'] });
  let first = 0;
  const run = async ({ url }, ms) => {
    const result = await sender.run({ url, ms, rate: RATE, first });
    first += (RATE * ms) / 1000;
    if (result.unanswered > 0) throw new Error(`${result.unanswered} were not answered`);
    return result.p99;
  };
  await run(drawn, WARM_UP_MS);
  await run(bare, WARM_UP_MS);
  const [withUi, without] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    withUi.push(await run(drawn, ROUND_MS));
    without.push(await run(bare, ROUND_MS));
    place.note(
      `round ${round + 1}: p99 ${milliseconds(withUi.at(-1))} with it, ${milliseconds(without.at(-1))} without`,
    );
  }
  await drawn.stop();
  await bare.stop();
  await sender.stop();
  const ratio = median(withUi) / median(without);
  return [
    {
      row: 2,
      what: 'p99 at 500/s with the terminal UI',
      measured: milliseconds(median(withUi)),
      against: milliseconds(median(without)),
      ratio,
      wanted: `≤ ${WANTED}`,
      ok: ratio <= WANTED,
    },
  ];
}
