/** Row 1: events accepted, committed and acknowledged per second, against a server that only parses them. */

import { median, perSecond } from './numbers.js';
import { terminals } from './processes.js';

const ROUNDS = 5;
/** Rounds of what is measured for information only. */
const FEW_ROUNDS = 2;
const WARM_UP_MS = 1000;
const MEASURED_MS = 3000;
const WANTED = 0.6;

export async function row1(place) {
  const sender = place.sender();
  const app = await place.server('./app.js');
  const inTerminal = await terminals();
  const target = app.url;

  const baseline = async () => {
    const server = await place.server('./baseline.js');
    return { url: server.url, stop: server.stop };
  };
  // A home of its own for each round: what an earlier one left to index would slow the next one.
  const listen = (args, start) => () => place.listener({ home: place.newHome(), args, start });
  const sides = [
    { what: baseline, rates: [] },
    { what: listen(['--json']), name: 'kept and acknowledged', wanted: WANTED, rates: [] },
    { what: listen(['--json', target]), name: 'the same with a target', rates: [] },
    ...(inTerminal === null
      ? []
      : [{ what: listen([], inTerminal), name: 'the same in a terminal', rates: [] }]),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const taking = sides.slice(0, round < FEW_ROUNDS ? undefined : 2);
    // Every other round goes the other way round: the machine may be drifting.
    for (const side of round % 2 === 0 ? taking : taking.reverse()) {
      side.rates.push(await rate(sender, side.what));
    }
  }
  await sender.stop();
  await app.stop();

  const [against, ...measured] = sides.map((side) => ({ ...side, median: median(side.rates) }));
  return measured.map(({ name, wanted, ...side }) => {
    const ratio = side.median / against.median;
    return {
      row: 1,
      what: name,
      measured: perSecond(side.median),
      against: perSecond(against.median),
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
