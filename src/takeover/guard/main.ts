/** The guard: a process of its own that restores an instance's webhook when its listener crashed. */

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../../eazewa/client.ts';
import { CliError } from '../../errors.ts';
import { faultPoint } from '../../platform/fault-point.ts';
import { type Evidence, evidenceOf } from '../evidence.ts';
import { fileJournal, type JournalEntry } from '../journal.ts';
import { tryLock } from '../lock.ts';
import { type RestoreResult, restoreWebhook, suspected, together } from '../restore.ts';
import { type GuardReport, writeGuardReport } from './report.ts';
import { ARMED, type GuardTask, guardTask, RELEASED } from './task.ts';

/** How long a guard goes on trying, in ms. */
const FOR_MS = 24 * 60 * 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
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
  // Load SQLite now: its files may be gone when it is needed.
  (await tryLock(task.folder, { waitMs: 0 }))?.();
  // Do not keep the folder busy in which the listener was started.
  process.chdir(task.folder);
  await faultPoint('guard-armed');
  stdout.write(`${ARMED}\n`);
  if ((await next()).value === RELEASED) return;
  isAwake = true;
  await faultPoint('guard-woken');
  await restoreUntilDone(task);
}

/** Restores the webhook, with retries for a day, and writes reports. */
async function restoreUntilDone(task: GuardTask): Promise<void> {
  const { folder, instanceId, apiUrl, since, sideBySide } = task;
  const client = createClient({ ...task, env: task.proxyEnv, timeoutMs: TIMEOUT_MS });
  const goneAt = new Date().toISOString();
  const began = performance.now();
  const passed = () => performance.now() - began;
  let tries = 0;
  let error: string | null = null;
  const seen: Seen = { evidence: null, done: null };
  const report = (outcome: GuardReport['outcome']) => {
    const at = new Date().toISOString();
    const about = { v: 1 as const, instanceId, apiUrl, since, sideBySide };
    const written = { ...about, pid: process.pid, goneAt, at };
    // A full disk must not keep the webhook from being restored.
    return writeGuardReport(folder, { ...written, tries, outcome, error }).catch(() => {});
  };

  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if ((await journalOf(task)) === 'none') {
      if (tries > 0) await report('left');
      return;
    }
    await report('trying');
    tries++;
    try {
      const outcome = await once(task, client, seen);
      if (outcome === 'unsettled' || outcome === 'busy') pause = FIRST_PAUSE_MS / 2;
      else return await report(outcome);
    } catch (failed) {
      error = failed instanceof Error ? failed.message : String(failed);
      // No attempt can find out the own webhook.
      if (failed instanceof CliError && failed.code === 'no_own_webhook')
        return await report('gave-up');
    }
    if (passed() > FOR_MS) return await report('gave-up');
    await sleep(pause);
  }
}

/** Whether the journal is still that of the guard's listener; one that cannot be read may be. */
async function journalOf({ folder, since, pid }: GuardTask): Promise<'ours' | 'none'> {
  const entry = await fileJournal(folder)
    .read()
    .catch(() => ({ since, pid }));
  return entry?.since === since && entry.pid === pid ? 'ours' : 'none';
}

/** What the guard's attempts have seen so far. */
interface Seen {
  evidence: Evidence | null;
  done: RestoreResult | null;
}

/** One attempt, under the instance's lock. Throws what the client and the journal throw. */
async function once(
  task: GuardTask,
  client: Parameters<typeof restoreWebhook>[0],
  seen: Seen,
): Promise<Exclude<GuardReport['outcome'], 'trying' | 'gave-up'> | 'unsettled' | 'busy'> {
  const unlock = await tryLock(task.folder);
  if (unlock === null) return 'busy';
  try {
    await faultPoint('guard-locked');
    const journal = fileJournal(task.folder);
    const entry = await journal.read();
    if (entry?.since !== task.since || entry.pid !== task.pid) return 'left';
    const outcome = entry.step === 'restored' ? 'there' : await attempt(client, entry, seen);
    if (outcome === null) return 'unsettled';
    await faultPoint('guard-restored');
    await journal.remove();
    return outcome === 'overtaken' ? 'restored' : outcome;
  } finally {
    unlock();
  }
}

/** Restores once; null while the reads cannot be believed yet. */
async function attempt(
  client: Parameters<typeof restoreWebhook>[0],
  entry: JournalEntry,
  seen: Seen,
): Promise<RestoreResult | null> {
  seen.evidence ??= evidenceOf(entry, Date.now());
  const { evidence } = seen;
  const now = await restoreWebhook(client, suspected(entry, evidence), undefined, evidence);
  seen.done = together(seen.done, now);
  return now === 'gone' || evidence.msLeft() === 0 ? seen.done : null;
}

await guard(process);
// Idle connections and pipes would keep the process alive.
process.exit();
