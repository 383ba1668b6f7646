/** `replay`: sends fixtures, files, events and scenarios to the developer's app. */

import * as z from 'zod';
import { heldInstance } from '../../control/client.ts';
import { parseTarget } from '../../delivery/target.ts';
import { CliError } from '../../errors.ts';
import { readAssignment } from '../../fixtures/override.ts';
import type { Io } from '../../platform/io.ts';
import { ownWebhookPath } from '../../platform/paths.ts';
import { canAsk, confirm, DECLINED, neverBlock } from '../../platform/terminal.ts';
import { chooseItems, namesEvent, namesScenario } from '../../replay/choose.ts';
import { chooseInstance, chooseOrStart } from '../shared/choose-instance.ts';
import { type Deps, globalOptions, list, parseOptions, settingsOf } from '../shared/deps.ts';
import { replayHere } from './local.ts';
import { replayThere } from './remote.ts';
import { inWords, judge, showResult } from './result.ts';

const schema = globalOptions.extend({
  what: z.array(z.string()),
  to: z.string().transform(parseTarget).optional(),
  set: list.transform((typed) => typed.map(readAssignment)),
  remove: list,
  fresh: z.boolean().default(false),
  fail: z.boolean().default(false),
  speed: z.coerce.number().min(0.01).max(1000).optional(),
});

type ReplayCommand = z.infer<typeof schema>;

/**
 * Sends the named items. Returns 0 when each was answered, with any status unless `--fail`. Throws what
 * {@link chooseItems} and the replay throw, and what {@link judge} throws.
 */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const command = parseOptions(schema, raw);
  const { what, json } = command;
  if (command.speed !== undefined && !what.some(namesScenario)) throw noScenario();
  const settings = await settingsOf(command, io);
  const captured = what.filter(namesEvent).length;
  const choose = captured > 0 ? chooseInstance : chooseOrStart;
  const { folder, names } = await choose(settings, { io, input: command.input });
  const items = await chooseItems(
    { ...command, speed: command.speed ?? 1 },
    { cwd: io.cwd, stdin: io.stdin, instanceId: names?.instanceId ?? (await heldInstance(folder)) },
  );
  neverBlock(io.stdout);
  neverBlock(io.stderr);
  const { stop, dispose } = deps.signals();
  try {
    if (captured > 1) await confirmSeveral(captured, command, io, stop);
    const shown = showResult(command, io);
    const { url, hasPath = false } = command.to ?? {};
    const request = { items, to: url === undefined ? null : { url, hasPath } };
    const bodies = json ? 'elided' : 'none';
    const secret = settings.webhookSecret?.value;
    const toListener = { action: 'replay', ...request, secret, bodies } as const;
    const here = {
      ...command,
      folder,
      ownWebhookPath: ownWebhookPath(settings.folders.config, folder),
      settings,
      names,
      createsHistory: captured === 0,
      bodies,
      io,
      stop,
    } as const;
    const counts =
      (await replayThere(folder, toListener, shown.take, { now: io.now, stop })) ??
      (await replayHere(request, shown.take, here));
    shown.done(`Replayed: ${inWords(counts)}`);
    return judge(counts, stop, command.fail);
  } finally {
    dispose();
  }
}

/** Asks before several captured events are replayed: a bot may answer the real people in them. */
async function confirmSeveral(
  count: number,
  { yes, input }: ReplayCommand,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (yes) return;
  const question = `Replay ${count} stored events? Your bot may answer real people`;
  const asks = canAsk(io, !input);
  if (asks && (await confirm(io, question, stop))) return;
  const message = `This would replay ${count} stored events, and your bot may answer real people`;
  throw new CliError('usage', 'replay_not_confirmed', asks ? DECLINED : message, {
    hint: 'To replay them, add --yes.',
  });
}

function noScenario(): CliError {
  return new CliError('usage', 'bad_option', '--speed can only be used with a scenario', {
    hint: 'Name a scenario, for example scenario:morning.',
  });
}
