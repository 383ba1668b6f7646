/** An event as a shell command that sends it again. */

import type { History, StoredEvent } from './history.ts';

/**
 * The command, with its line end, for the target of the last attempt or one that the event waits for.
 * The body comes through a pipe, so that nothing from outside is quoted.
 */
export function curlOf(
  { id, seq }: Pick<StoredEvent, 'id' | 'seq'>,
  history: Pick<History, 'lastAttempts' | 'waitingTargets'>,
): string {
  const target = history.lastAttempts(seq).at(-1)?.target ?? history.waitingTargets(seq)[0] ?? '';
  const url = /^https?:\/\/[\w.:[\]/~%-]+$/.test(target) ? target : 'http://127.0.0.1:3000/';
  return `eazewa-hooks events show ${id} --raw | curl -X POST '${url}' -H 'Content-Type: application/json' --data-binary @-\n`;
}
