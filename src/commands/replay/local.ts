/** A replay made by this process where no listener runs, stored in the instance's history. */

import { createDeliverer } from '../../delivery/deliver.ts';
import { parseTarget, type Target, withPath } from '../../delivery/target.ts';
import { createTurns } from '../../delivery/turns.ts';
import { CliError } from '../../errors.ts';
import type { Post } from '../../feed/feed.ts';
import { createOutbox, type Take } from '../../feed/outbox.ts';
import type { Bodies } from '../../history/entries.ts';
import { findEvent } from '../../history/find.ts';
import type { History } from '../../history/history.ts';
import { createIds } from '../../history/ids.ts';
import { createMemoryHistory } from '../../history/memory.ts';
import { openHistory } from '../../history/sqlite.ts';
import { createWriter } from '../../history/writer.ts';
import type { Io } from '../../platform/io.ts';
import { historyPath, privateFolder } from '../../platform/paths.ts';
import type { ReplayItem, ReplayRequest } from '../../replay/item.ts';
import type { PrepareContext } from '../../replay/prepare.ts';
import { type ReplayCounts, replay } from '../../replay/send.ts';
import type { Settings } from '../../settings/settings.ts';
import { type InstanceNames, writeInstanceNames } from '../../takeover/instance-file.ts';
import { readOwnWebhook } from '../../takeover/own-webhook.ts';
import { confirmTarget } from '../shared/confirm-dot-env.ts';

/** How long an app may take to answer, in ms: as in a listener, enough for a breakpoint. */
const TIMEOUT_MS = 5 * 60_000;

/** The code of the warning that nothing is stored. */
export const NOT_STORED = 'not_stored';

/** What a replay of this process needs. */
export interface Here {
  /** The folder of the instance's state. */
  readonly folder: string;
  /** The instance of the folder; null for the simulator's. */
  readonly names: InstanceNames | null;
  /** The file that remembers the instance's own webhook, where it is known. */
  readonly ownWebhookPath: string;
  readonly settings: Pick<Settings, 'forwardTo' | 'webhookSecret'>;
  /** Whether to create the history where there is none; else it must exist. */
  readonly createsHistory: boolean;
  readonly bodies: Bodies;
  readonly yes: boolean;
  readonly input: boolean;
  readonly io: Io;
  readonly stop: AbortSignal;
}

/**
 * Makes a replay; `take` gets its feed entries. Throws `no_target` and `target_not_confirmed` (usage),
 * state errors when the history cannot be used, and what {@link replay} throws.
 */
export async function replayHere(
  request: ReplayRequest,
  take: Take,
  here: Here,
): Promise<ReplayCounts> {
  const { io, stop, bodies } = here;
  // Before a history is created: what is no event of history has no other target.
  const isNeeded = request.to === null && request.items.some(({ source }) => 'body' in source);
  const configured = isNeeded ? await configuredTarget(here) : null;
  const outbox = createOutbox(take, io.now);
  const history = await open(here, outbox.post);
  const writer = createWriter(history, { onTrouble: (error) => outbox.post(trouble(error)) });
  const deliverer = createDeliverer();
  try {
    const targetsFor = await chooseTargets(request, configured, history, here);
    return await replay(request.items, {
      history,
      writer,
      deliverer,
      turns: createTurns(),
      targetsFor,
      headers: [],
      timeoutMs: TIMEOUT_MS,
      now: io.now,
      random: io.random,
      secret: here.settings.webhookSecret?.value ?? null,
      newId: createIds(io.random),
      post: outbox.post,
      bodies,
      window: () => null,
      signal: stop,
    });
  } finally {
    writer.close();
    await deliverer.close();
    await outbox.flush();
    history.close();
  }
}

/**
 * Which urls get each event: the target of the request, else those that the event was sent to or waits
 * for, else `configured`. A target without a path gets the same as in a listener.
 */
async function chooseTargets(
  { to, items }: ReplayRequest,
  configured: Target | null,
  history: History,
  here: Here,
): Promise<PrepareContext['targetsFor']> {
  const own = await readOwnWebhook(here.ownWebhookPath);
  const urlOf = (target: Pick<Target, 'url' | 'hasPath'>) => withPath(target, own?.url ?? null).url;
  if (to !== null) return () => [urlOf(to)];
  const earlier = (seq: number): readonly string[] => {
    const attempted = history.lastAttempts(seq).map(({ target }) => target);
    return [...new Set([...attempted, ...history.waitingTargets(seq)])];
  };
  const isNew = ({ source }: ReplayItem) =>
    'body' in source || earlier(findEvent(history, source.event).seq).length === 0;
  const target = configured ?? (items.some(isNew) ? await configuredTarget(here) : null);
  const others = target === null ? [] : [urlOf(target)];
  return (_, from) => {
    const urls = from === null ? [] : earlier(from.seq);
    return urls.length > 0 ? urls : others;
  };
}

async function configuredTarget({ settings, io, stop, ...options }: Here): Promise<Target> {
  if (settings.forwardTo === null) {
    throw new CliError('usage', 'no_target', 'No target is set', {
      hint: 'Name your app with --to, for example --to 3000, or set EAZEWA_FORWARD_TO.',
    });
  }
  await confirmTarget(options, settings, io, stop);
  return parseTarget(settings.forwardTo.value);
}

/** Opens the history. Where Node has no SQLite, a replay of new events uses a history in memory. */
async function open({ folder, names, createsHistory }: Here, post: Post): Promise<History> {
  if (!createsHistory) return openHistory(historyPath(folder), { mustExist: true });
  await privateFolder(folder);
  if (names !== null) await writeInstanceNames(folder, names);
  try {
    return await openHistory(historyPath(folder));
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'no_sqlite')) throw error;
    post({
      type: 'warning',
      code: NOT_STORED,
      message: `${error.message}: this replay is not stored`,
    });
    return createMemoryHistory();
  }
}

function trouble(error: Error | null) {
  const [code, message] =
    error === null
      ? ['history_ok', 'the replay is stored again']
      : ['history_failing', `the replay cannot be stored (${error.message}); Ctrl-C stops it`];
  return { type: 'warning', code, message } as const;
}
