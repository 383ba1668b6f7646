/** An event as a shell command that sends it again. */

import type { History, StoredEvent } from './history.ts';

/**
 * The command, with its line end, for the target that was tried last or is waited for. The body comes
 * by a pipe: nothing from outside is quoted.
 */
export function curlOf(
  { id, seq }: Pick<StoredEvent, 'id' | 'seq'>,
  history: Pick<History, 'attempts' | 'waitingTargets'>,
): string {
  const target = history.attempts(seq).at(-1)?.target ?? history.waitingTargets(seq)[0] ?? '';
  const url = /^https?:\/\/[\w.:[\]/~%-]+$/.test(target) ? target : 'http://127.0.0.1:3000/';
  return `eazewa-hooks events show ${id} --raw | curl -X POST '${url}' -H 'Content-Type: application/json' --data-binary @-\n`;
}
