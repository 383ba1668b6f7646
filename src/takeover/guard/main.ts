/** The guard: a process of its own that restores an instance's webhook when its listener crashed. */

import { parse } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../../eazewa/client.ts';
import { SYSTEM_CLOCK } from '../../platform/clock.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { tryLock } from '../lock.ts';
import { type GuardMemory, guardMemory } from './memory.ts';
import { writeGuardReport } from './report.ts';
import { restoreUntilDone } from './restore-loop.ts';
import { ARMED, type GuardTask, guardTask, RELEASED } from './task.ts';

/** Of each attempt of a request, in ms. */
const TIMEOUT_MS = 5000;

/** Waits until its listener ends, and restores unless the listener has released the instance. */
async function guard({ stdin, stdout }: NodeJS.Process): Promise<void> {
  let isAwake = false;
  // These signals are meant for the programs of a terminal; the guard must survive them.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  // `kill` may hit the whole process group; the guard must survive the listener's end.
  process.on('SIGTERM', () => isAwake && process.exit());
  stdout.on('error', () => {});

  const lines = createInterface({ input: stdin })[Symbol.asyncIterator]();
  /** The pipe ends when the listener does, in whatever way. */
  const next = () => lines.next().catch(() => ({ done: true, value: undefined }));
  const { value } = await next();
  if (value === undefined) return;
  const task = guardTask.parse(JSON.parse(value));
  // Load SQLite now: its files may be gone when it is needed. So may the folder be, already now.
  await tryLock(task.folder, { waitMs: 0 }).then(
    (unlock) => unlock?.(),
    () => {},
  );
  const memory = await guardMemory(task);
  // Do not keep a folder busy: the one in which the listener was started, or that of its state.
  process.chdir(parse(task.folder).root);
  await faultPoint('guard-armed');
  stdout.write(`${ARMED}\n`);
  for (let line = await next(); line.value !== undefined; line = await next()) {
    if (line.value === RELEASED) return;
    memory.hear(line.value);
  }
  isAwake = true;
  await faultPoint('guard-woken');
  await restore(task, memory);
}

function restore(task: GuardTask, memory: GuardMemory): Promise<void> {
  const { folder, instanceId, apiUrl, since, sideBySide } = task;
  const about = { v: 1 as const, instanceId, apiUrl, since, sideBySide, pid: process.pid };
  return restoreUntilDone({
    ...task,
    client: createClient({ ...task, env: task.proxyEnv, timeoutMs: TIMEOUT_MS }),
    journal: memory,
    async lock() {
      try {
        return await tryLock(folder);
      } catch (error) {
        // A folder that is gone, or cannot be used, is nobody else's either.
        if (!memory.knows()) throw error;
        return () => {};
      }
    },
    report: (told) => writeGuardReport(folder, { ...about, ...told }),
    isLocal: isLoopback(new URL(apiUrl).hostname),
    clock: SYSTEM_CLOCK,
    now: Date.now,
  });
}

await guard(process);
// Idle connections and pipes would keep the process alive.
process.exit();
