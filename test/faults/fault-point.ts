/** The fault points of the test build: each asks the driver in the environment, and goes on when it answers. */

import { Agent, get } from 'node:http';
import type { FaultPoint } from '../../src/platform/fault-point.ts';

const driver = process.env.EAZEWA_HOOKS_FAULTS;
// One connection for the life of the process: when it ends, the driver knows that the process has.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Resolves when the driver answers; at once without a driver. */
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
