/** A replay that this process makes itself, since no listener runs: into the instance's history, to one target. */

import { createDeliverer } from '../../delivery/deliver.ts';
import { parseTarget, type Target, withPath } from '../../delivery/target.ts';
import { createTurns } from '../../delivery/turns.ts';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import { createOutbox, LAST_WORDS_MS, type Take } from '../../feed/outbox.ts';
import type { Bodies } from '../../history/entries.ts';
import type { History } from '../../history/history.ts';
import { createIds } from '../../history/ids.ts';
import { createMemoryHistory } from '../../history/memory.ts';
import { openHistory } from '../../history/sqlite.ts';
import { createWriter } from '../../history/writer.ts';
import type { Io } from '../../platform/io.ts';
import { historyPath, privateFolder } from '../../platform/paths.ts';
import type { ReplayRequest } from '../../replay/item.ts';
import { type ReplayCounts, replay } from '../../replay/send.ts';
import type { Settings } from '../../settings/settings.ts';
import { confirmTarget } from '../shared/confirm-dot-env.ts';

/** A breakpoint in the app is no failure: as long as a listener waits, in ms. */
const TIMEOUT_MS = 5 * 60_000;

/** The code of the warning that there is no history to keep anything in. */
export const NOT_STORED = 'not_stored';

/** Where and how it is made. */
export interface Here {
  /** The folder of the instance's state. */
  readonly folder: string;
  readonly settings: Pick<Settings, 'forwardTo'>;
  /** Whether a history is begun where there is none; else it must be there. */
  readonly begins: boolean;
  readonly bodies: Bodies;
  readonly yes: boolean;
  readonly input: boolean;
  readonly io: Io;
  readonly stop: AbortSignal;
}

/**
 * Makes a replay and tells `take` what happens. Throws `no_target`, `target_not_confirmed`, state
 * errors when the history cannot be used, and what {@link replay} throws.
 */
export async function replayHere(
  request: ReplayRequest,
  take: Take,
  here: Here,
): Promise<ReplayCounts> {
  const { io, stop, bodies } = here;
  const target = withPath(request.to ?? (await usualTarget(here)), null).url;
  const outbox = createOutbox(take, io.now);
  const history = await open(here, outbox.post);
  const writer = createWriter(history, { onTrouble: (error) => outbox.post(trouble(error)) });
  const deliverer = createDeliverer();
  try {
    return await replay(request.items, {
      history,
      writer,
      deliverer,
      turns: createTurns(),
      targetsFor: () => [target],
      headers: [],
      timeoutMs: TIMEOUT_MS,
      now: io.now,
      random: io.random,
      newId: createIds(io.random),
      post: outbox.post,
      bodies,
      signal: stop,
    });
  } finally {
    writer.close();
    await deliverer.close();
    await outbox.flush(LAST_WORDS_MS);
    history.close();
  }
}

async function usualTarget({ settings, io, stop, ...options }: Here): Promise<Target> {
  if (settings.forwardTo === null) {
    throw new CliError('usage', 'no_target', 'Where should it be sent?', {
      hint: 'Name your app with --to, such as --to 3000, or set EAZEWA_FORWARD_TO.',
    });
  }
  await confirmTarget(options, settings, io, stop);
  return parseTarget(settings.forwardTo.value);
}

/** What is found in history must be on disk; what becomes an event may do without, where Node has no SQLite. */
async function open({ folder, begins }: Here, post: Post): Promise<History> {
  if (!begins) return openHistory(historyPath(folder), { mustExist: true });
  await privateFolder(folder);
  try {
    return await openHistory(historyPath(folder));
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'no_sqlite')) throw error;
    post({
      type: 'warning',
      code: 'not_stored',
      message: `${error.message}: nothing is kept of this`,
    });
    return createMemoryHistory();
  }
}

function trouble(error: Error | null) {
  const [code, message] =
    error === null
      ? ['history_ok', 'what is replayed is kept again']
      : ['history_failing', `what is replayed cannot be kept (${error.message}); Ctrl-C gives up`];
  return { type: 'warning', code, message } as const;
}
