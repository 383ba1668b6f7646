/** Row 5: memory after many events in the terminal UI, compared with few. */

import { readFileSync } from 'node:fs';
import { terminals } from './processes.js';

const FEW = 10_000;
const MANY = 200_000;
const RATE = 2500;
const SETTLE_MS = 2000;
const WANTED = 1.25;

export async function row5(place) {
  const start = await terminals();
  // Only Linux has a process's memory in a file.
  if (start === null || process.platform !== 'linux') return [];
  const sender = place.sender();
  const listener = await place.listener({ home: place.newHome(), args: [], start });
  const send = async (count, first) => {
    const ms = (count / RATE) * 1000;
    const { unanswered } = await sender.run({ url: listener.url, ms, rate: RATE, first });
    if (unanswered > 0) throw new Error(`${unanswered} were not answered`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return residentMiB(listener.pid);
  };
  const few = await send(FEW, 0);
  place.note(`after ${FEW}: ${few.toFixed(0)} MiB`);
  const many = await send(MANY - FEW, FEW);
  await listener.stop();
  await sender.stop();
  const ratio = many / few;
  return [
    {
      row: 5,
      what: `memory after ${MANY.toLocaleString('en')} events in the terminal UI`,
      measured: `${many.toFixed(0)} MiB`,
      against: `${few.toFixed(0)} MiB`,
      ratio,
      wanted: `≤ ${WANTED}`,
      ok: ratio <= WANTED,
    },
  ];
}

function residentMiB(pid) {
  const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}
