/** The history of an instance without a listener, for the tests of `events`. */

import { mkdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { History } from '../../../src/history/history.ts';
import { openHistory } from '../../../src/history/sqlite.ts';
import { folders, historyPath, instanceFolder } from '../../../src/platform/paths.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** An empty history of the simulator's instance, and the environment in which commands find it. */
export async function storedHistory(): Promise<{
  readonly history: History;
  readonly env: Readonly<Record<string, string>>;
}> {
  const env = { EAZEWA_HOOKS_HOME: temporaryFolder() };
  const folder = instanceFolder(folders(env, '/').data, 'simulator', '');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const history = await openHistory(historyPath(folder));
  onTestFinished(() => history.close());
  return { history, env };
}
