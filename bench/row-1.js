/** Row 1: events stored and acknowledged per second, compared with a server that only parses them. */

import { median, perSecond } from './numbers.js';
import { terminals } from './processes.js';

const ROUNDS = 5;
/** Rounds for rows without a target value. */
const FEW_ROUNDS = 2;
const WARM_UP_MS = 1000;
const MEASURED_MS = 3000;
const WANTED = 0.6;

export async function row1(place) {
  const sender = place.sender();
  const app = await place.server('./app.js');
  const inTerminal = await terminals();

  // A new home for each round: the index work of an earlier round would slow the next one.
  const listen = (args, start) => () => place.listener({ home: place.newHome(), args, start });
  const sides = [
    { name: 'only parsed', start: () => place.server('./baseline.js') },
    { name: 'stored and acknowledged', start: listen(['--json']), wanted: WANTED },
    { name: 'the same with a target', start: listen(['--json', app.url]) },
    { name: 'the same in a terminal', start: inTerminal && listen([], inTerminal) },
  ]
    .filter(({ start }) => start !== null)
    .map((side) => ({ ...side, rates: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    const taking = sides.slice(0, round < FEW_ROUNDS ? undefined : 2);
    // Every second round runs in reverse order, in case the machine's speed drifts.
    for (const side of round % 2 === 0 ? taking : taking.reverse()) {
      const measured = await rate(sender, side.start);
      side.rates.push(measured);
      place.note(`${side.name}, round ${round + 1}: ${perSecond(measured)}`);
    }
  }
  await sender.stop();
  await app.stop();

  const [against, ...others] = sides.map(({ rates }) => median(rates));
  return others.map((measured, index) => {
    const { name, wanted } = sides[index + 1];
    const ratio = measured / against;
    return {
      row: 1,
      what: name,
      measured: perSecond(measured),
      against: perSecond(against),
      ratio,
      ...(wanted !== undefined && { wanted: `≥ ${wanted}`, ok: ratio >= wanted }),
    };
  });
}

async function rate(sender, start) {
  const server = await start();
  const { url } = server;
  await sender.run({ url, ms: WARM_UP_MS, first: 0 });
  const result = await sender.run({ url, ms: MEASURED_MS, first: 1_000_000 });
  await server.stop();
  return result.perSecond;
}
