/** The fault points of the test build: each asks the driver that the environment names, and goes on when that answers. */

import { Agent, get } from 'node:http';
import type { FaultPoint } from '../../src/platform/fault-point.ts';

const driver = process.env.EAZEWA_HOOKS_FAULTS;
// One connection, kept for as long as the process lives: by its end the driver knows that of the process.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Resolves when the driver lets it go on; at once where there is none. */
export function faultPoint(point: FaultPoint): Promise<void> {
  if (driver === undefined) return Promise.resolve();
  const { pid, ppid } = process;
  return new Promise((resolve) => {
    const asked = get(`${driver}/${point}?pid=${pid}&ppid=${ppid}`, { agent }, (answer) => {
      answer.resume().on('close', resolve);
    });
    asked.on('error', () => resolve());
  });
}
