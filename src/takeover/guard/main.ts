/** The guard: a process of its own that restores an instance's webhook when its listener crashed. */

import { parse } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../../eazewa/client.ts';
import { SYSTEM_CLOCK } from '../../platform/clock.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { isStopped } from '../../platform/job-control.ts';
import { isLoopback } from '../../platform/loopback.ts';
import { tryLock } from '../lock.ts';
import { type EndedListener, watchListener } from './listener-state.ts';
import { type GuardMemory, guardMemory } from './memory.ts';
import { type GuardReport, writeGuardReport } from './report.ts';
import { isJournalOf, restoreUntilDone } from './restore-loop.ts';
import { STOPPED_TIMES } from './stopped-times.ts';
import { ARMED, type GuardTask, guardTask, RELEASED } from './task.ts';

/** Timeout of each attempt of a request, in ms. */
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
  const over = new AbortController();
  const ended = watchStops(task, memory, over.signal);
  let line = await next();
  for (; line.value !== undefined && line.value !== RELEASED; line = await next()) {
    memory.hear(line.value);
  }
  over.abort();
  if (line.value === RELEASED) return reportRelease(task, ended());
  isAwake = true;
  await faultPoint('guard-woken');
  await restore(task, memory, ended());
}

/** Watches whether the listener is stopped; never on Windows. */
function watchStops(
  task: GuardTask,
  memory: GuardMemory,
  signal: AbortSignal,
): () => EndedListener | null {
  // As long as the listener lives it is the guard's parent, so that its id is nobody else's.
  const isListener = () => process.ppid === task.pid;
  return watchListener(
    {
      times: STOPPED_TIMES,
      clock: SYSTEM_CLOCK,
      now: Date.now,
      isStopped: () => isListener() && isStopped(task.pid),
      holds: () => isJournalOf(memory, task),
      signal(name) {
        try {
          if (isListener()) process.kill(task.pid, name);
        } catch {
          // It has ended meanwhile, or runs as another user by now.
        }
      },
    },
    signal,
  );
}

/** Reports a listener that the guard ended, and that has released the instance. */
async function reportRelease(task: GuardTask, ended: EndedListener | null): Promise<void> {
  if (ended === null) return;
  const at = new Date().toISOString();
  const told = { goneAt: at, at, tries: 0, outcome: 'released', error: null } as const;
  await writeGuardReport(task.folder, { ...about(task, ended), ...told }).catch(() => {});
}

/** The part of every report that says what it is about. */
function about(
  { instanceId, apiUrl, since, sideBySide }: GuardTask,
  ended: EndedListener | null,
): Omit<GuardReport, 'goneAt' | 'at' | 'tries' | 'outcome' | 'error'> {
  return { v: 1, instanceId, apiUrl, since, sideBySide, pid: process.pid, ended };
}

function restore(task: GuardTask, memory: GuardMemory, ended: EndedListener | null): Promise<void> {
  const { folder, apiUrl } = task;
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
    report: (told) => writeGuardReport(folder, { ...about(task, ended), ...told }),
    isLocal: isLoopback(new URL(apiUrl).hostname),
    clock: SYSTEM_CLOCK,
    now: Date.now,
  });
}

await guard(process);
// Idle connections and pipes would keep the process alive.
process.exit();
