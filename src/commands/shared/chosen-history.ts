/** Opens the history of the instance that a command means. */

import type { History } from '../../history/history.ts';
import { openHistory } from '../../history/sqlite.ts';
import type { Io } from '../../platform/io.ts';
import { historyPath } from '../../platform/paths.ts';
import { hasHistory } from '../../takeover/known-instances.ts';
import { chooseInstance, nothingStored } from './choose-instance.ts';
import { type SettingOptions, settingsOf } from './deps.ts';

/** How long to wait for a listener that writes at the same moment, in ms. */
const BUSY_TIMEOUT_MS = 2000;

/** An open history, and the folder of its instance. */
export interface ChosenHistory {
  readonly folder: string;
  readonly history: History;
}

/**
 * Opens the history of the instance that the options and settings name; the caller closes it.
 * Throws what {@link chooseInstance} throws, and `no_history` (state) where nothing was ever received,
 * which lists the instances of which something was.
 */
export async function openChosenHistory(
  options: SettingOptions & { readonly input: boolean },
  io: Io,
): Promise<ChosenHistory> {
  const { input } = options;
  const settings = await settingsOf(options, io);
  const chosen = await chooseInstance(settings, { io, input });
  if (!(await hasHistory(chosen))) throw await nothingStored(chosen, settings);
  const { folder } = chosen;
  return { folder, history: await openHistoryIn(folder) };
}

/** Opens the history in an instance's folder for a command; the caller closes it. Throws as {@link openHistory} does. */
export function openHistoryIn(folder: string): Promise<History> {
  const options = { mustExist: true, busyTimeoutMs: BUSY_TIMEOUT_MS };
  return openHistory(historyPath(folder), options);
}
