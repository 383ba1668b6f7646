/** Dismisses waiting events: they stay stored, and only a replay sends them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type History, HistoryBusyError } from './history.ts';

/** Events of one transaction: a listener answers webhooks between two. */
const PAGE = 500;
const BUSY_RETRY_MS = 50;
const BUSY_RETRIES = 40;

/**
 * Dismisses every event up to the seq `upTo` that waits for a target; resolves with how many. Throws
 * {@link HistoryBusyError} while another process writes for seconds.
 */
export async function dismissWaiting(
  history: Pick<History, 'list' | 'head' | 'stopWaiting'>,
  upTo: number,
): Promise<number> {
  let dismissed = 0;
  let before: { readonly at: number; readonly seq: number } | undefined;
  for (;;) {
    const page = history.list({ waiting: true, limit: PAGE, ...(before && { before }) });
    const last = history.head(page.at(-1) ?? 0);
    const seqs = page.filter((seq) => seq <= upTo);
    if (seqs.length > 0) await unlessBusy(() => history.stopWaiting(seqs));
    dismissed += seqs.length;
    if (page.length < PAGE || last === null) return dismissed;
    before = { at: last.at, seq: last.seq };
    await sleep(0);
  }
}

async function unlessBusy(work: () => void): Promise<void> {
  for (let left = BUSY_RETRIES; ; left--) {
    try {
      work();
      return;
    } catch (error) {
      if (!(error instanceof HistoryBusyError) || left === 0) throw error;
      await sleep(BUSY_RETRY_MS);
    }
  }
}
