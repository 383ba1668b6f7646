/** `replay`: sends fixtures, files, events and scenarios to the developer's app. */

import * as z from 'zod';
import { heldInstance } from '../../control/client.ts';
import { parseTarget } from '../../delivery/target.ts';
import { CliError } from '../../errors.ts';
import type { Take } from '../../feed/outbox.ts';
import { readAssignment } from '../../fixtures/override.ts';
import type { Io } from '../../platform/io.ts';
import { safeText } from '../../platform/safe-text.ts';
import { exitOf } from '../../platform/signals.ts';
import { canAsk, confirm, neverBlock } from '../../platform/terminal.ts';
import { chooseItems, namesEvent, namesScenario } from '../../replay/choose.ts';
import type { ReplayCounts } from '../../replay/send.ts';
import { createJsonView } from '../../views/json.ts';
import { createPlainView } from '../../views/plain.ts';
import { chooseInstance, chooseOrBegin } from '../shared/choose-instance.ts';
import { type Deps, globalOptions, list, parseOptions, settingsOf } from '../shared/deps.ts';
import { NOT_STORED, replayHere } from './local.ts';
import { replayThere } from './remote.ts';

const schema = globalOptions.extend({
  what: z.array(z.string()),
  to: z.string().transform(parseTarget).optional(),
  set: list.transform((typed) => typed.map(readAssignment)),
  remove: list,
  fresh: z.boolean().default(false),
  speed: z.coerce.number().min(0.01).max(1000).optional(),
});

type ReplayCommand = z.infer<typeof schema>;

/**
 * Sends what was typed. Returns 0 when all was answered, with whatever status. Throws what choosing
 * and sending throw, `no_answer` (target) when an answer did not come, and `stopped` after a signal.
 */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const command = parseOptions(schema, raw);
  const { what, json, quiet, color } = command;
  if (command.speed !== undefined && !what.some(namesScenario)) throw noScenario();
  const settings = await settingsOf(command, io);
  const captured = what.filter(namesEvent).length;
  const { folder, journal } = await (captured > 0 ? chooseInstance : chooseOrBegin)(settings);
  const typed = settings.instanceId?.value ?? null;
  const named = typed === 'simulator' ? null : (typed ?? journal?.instanceId ?? null);
  const items = await chooseItems(
    { ...command, speed: command.speed ?? 1 },
    { cwd: io.cwd, stdin: io.stdin, instanceId: named ?? (await heldInstance(folder)) },
  );
  neverBlock(io.stdout);
  neverBlock(io.stderr);
  const { stop, dispose } = deps.signals();
  try {
    if (captured > 1) await confirmSeveral(captured, command, io, stop);
    const view = json ? createJsonView(io.stdout) : createPlainView(io, { quiet, color });
    let tried: string | null = null;
    let isStored = true;
    const take: Take = (entries) => {
      isStored &&= !entries.some((entry) => entry.type === 'warning' && entry.code === NOT_STORED);
      tried = entries.findLast((entry) => entry.type === 'attempt')?.eventId ?? tried;
      return view.take(entries);
    };
    const { url, hasPath = false } = command.to ?? {};
    const request = { items, to: url === undefined ? null : { url, hasPath } };
    const bodies = json ? 'elided' : 'none';
    const asked = { action: 'replay', ...request, bodies } as const;
    const here = {
      ...command,
      folder,
      settings,
      begins: captured === 0,
      bodies,
      io,
      stop,
    } as const;
    const counts =
      (await replayThere(folder, asked, take, { now: io.now, stop })) ??
      (await replayHere(request, take, here));
    if (!json && !quiet) {
      io.stderr.write(`Replayed: ${inWords(counts)}\n`);
      if (isStored && tried !== null) {
        io.stderr.write(`  your app's answer: ${showCommand(tried, command)}\n`);
      }
    }
    return judge(counts, stop);
  } finally {
    dispose();
  }
}

/** The command that shows an event, with the flags that this one was given. */
function showCommand(id: string, { instance, apiUrl, profile }: ReplayCommand): string {
  const flags = Object.entries({ '-i': instance, '--api-url': apiUrl, '--profile': profile });
  const given = flags.flatMap(([flag, value]) => (value === undefined ? [] : ` ${flag} ${value}`));
  return safeText(`eazewa-hooks events show ${id}${given.join('')}`);
}

/** What was captured is of real people, and a bot that gets it again may write to them again. */
async function confirmSeveral(
  count: number,
  { yes, input }: ReplayCommand,
  io: Io,
  stop: AbortSignal,
): Promise<void> {
  if (yes) return;
  const question = `Replay ${count} events of history? Your bot may answer real people`;
  if (canAsk(io, !input) && (await confirm(io, question, stop))) return;
  throw new CliError('usage', 'replay_not_confirmed', `${question}: that has to be confirmed`, {
    hint: 'If you mean it, add --yes.',
  });
}

/** The exit code that the counts stand for. */
function judge(counts: ReplayCounts, stop: AbortSignal): number {
  const { left, unanswered, sent } = counts;
  if (stop.aborted && left + unanswered > 0) {
    const exit = exitOf(stop);
    // Nobody reads the output any more, and nobody needs to be told.
    if (exit === null) return 0;
    throw new CliError(exit, 'stopped', `Stopped before it was done: ${inWords(counts)}`);
  }
  if (unanswered === 0) return 0;
  const message = `${unanswered} of ${sent} had no answer: nobody knows what your app did with it`;
  throw new CliError('target', 'no_answer', message, {
    hint: 'It is not sent again by itself. eazewa-hooks events --failed lists what had no answer.',
  });
}

function inWords({ sent, answered, unanswered, left }: ReplayCounts): string {
  return [
    `${sent} sent`,
    `${answered} answered`,
    ...(unanswered > 0 ? [`${unanswered} without an answer`] : []),
    ...(left > 0 ? [`${left} left`] : []),
  ].join(', ');
}

function noScenario(): CliError {
  return new CliError('usage', 'bad_option', '--speed is how fast a scenario plays', {
    hint: 'Name one, such as scenario:morning.',
  });
}
