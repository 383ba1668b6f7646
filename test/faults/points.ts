/** The driver's end of the fault points: which process reached which point, and what is done to it there. */

import type { Socket } from 'node:net';
import type { FaultPoint } from '../../src/platform/fault-point.ts';
import { until } from '../support/until.ts';
import { serve } from './server.ts';

/** A process at a fault point. */
export interface Reached {
  readonly point: FaultPoint;
  readonly pid: number;
  readonly ppid: number;
  /** By `performance.now()`. */
  readonly at: number;
}

export interface Points {
  /** Environment variables by which a program of the test build finds this driver. */
  readonly env: Readonly<Record<string, string>>;
  /** In the order of their arrival. */
  readonly log: readonly Reached[];
  /** Runs `act` on the next process that reaches the point; the process goes on afterwards. */
  at(point: FaultPoint, act: (who: Reached) => unknown): void;
  /** Whether a process has reached the point, and its action has run. */
  passed(point: FaultPoint): boolean;
  /** Resolves to the first process that reaches the point. */
  reached(point: FaultPoint): Promise<Reached>;
  /** The living processes that have reached a point. */
  alive(): number[];
  /** The guards among {@link alive}. */
  guards(): number[];
  /** The first error that an action threw; null for none. */
  failure(): unknown;
  /** Kills every living process. */
  close(): Promise<void>;
}

/** Starts a driver. */
export async function startPoints(): Promise<Points> {
  const log: Reached[] = [];
  const passed = new Set<FaultPoint>();
  const acts: { point: FaultPoint; act: (who: Reached) => unknown }[] = [];
  const sockets = new Map<Socket, number>();
  let failure: unknown = null;
  const { url, server, close } = await serve(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://driver');
    const point = pathname.slice(1) as FaultPoint;
    const [pid, ppid] = [Number(searchParams.get('pid')), Number(searchParams.get('ppid'))];
    const who = { point, pid, ppid, at: performance.now() };
    sockets.set(request.socket, pid);
    log.push(who);
    const index = acts.findIndex((one) => one.point === point);
    const [found] = index === -1 ? [] : acts.splice(index, 1);
    try {
      await found?.act(who);
    } catch (error) {
      failure ??= error;
    }
    passed.add(point);
    response.end();
  });
  server.on('connection', (socket) => socket.once('close', () => sockets.delete(socket)));
  const alive = () => [...new Set(sockets.values())];
  return {
    env: { EAZEWA_HOOKS_FAULTS: url },
    log,
    at: (point, act) => void acts.push({ point, act }),
    passed: (point) => passed.has(point),
    reached: (point) =>
      until(() => log.find((one) => one.point === point), `somebody at ${point}`, 30_000),
    alive,
    guards() {
      const guards = new Set(log.filter(isGuards).map(({ pid }) => pid));
      return alive().filter((pid) => guards.has(pid));
    },
    failure: () => failure,
    async close() {
      for (const pid of alive()) kill(pid);
      await until(() => alive().length === 0, 'the end of all processes');
      await close();
    },
  };
}

/** Sends a signal to a process that may be gone already. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isGuards({ point }: Reached): boolean {
  return point.startsWith('guard-');
}
