/** `listen`: receives an instance's events on this machine until it is stopped, then restores the instance. */

import { CliError, EXIT } from '../../errors.ts';
import { wordsFor } from '../../feed/takeover-words.ts';
import { startCheckpoints } from '../../history/checkpoints.ts';
import { runListenerInWorker } from '../../listener/handle.ts';
import type { Ending, ListenerOptions } from '../../listener/options.ts';
import { type ListenerHandle, runListener } from '../../listener/run.ts';
import type { Io, Output } from '../../platform/io.ts';
import { type Suspension, suspendWith } from '../../platform/job-control.ts';
import type { Signals } from '../../platform/signals.ts';
import { type Choice, canAsk, choose, DECLINED, neverBlock } from '../../platform/terminal.ts';
import { startGuard } from '../../takeover/guard/start.ts';
import { createJsonView } from '../../views/json.ts';
import { createPlainView, type PlainView } from '../../views/plain.ts';
import type { Tui } from '../../views/tui/tui.tsx';
import type { View } from '../../views/view.ts';
import { confirmPathToken, confirmServer, confirmTarget } from '../shared/confirm-dot-env.ts';
import { type Deps, parseOptions, settingsOf } from '../shared/deps.ts';
import { type Api, realApi, simulatedApi } from './api.ts';
import { readHeaders } from './headers.ts';
import { refuseContradictions } from './ingress.ts';
import { type ListenCommand, listenerOptions, listenOptions, targetsOf } from './options.ts';
import { createStopping, type Lent, type Stopping } from './stopping.ts';
import { actionsOf } from './tui-actions.ts';

/** How long a last line may take, in ms. */
const SHOWN_MS = 200;

/** Runs a listener until it is stopped. Returns 0, or 20 when the instance was not restored. */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const command = parseOptions(listenOptions, raw);
  refuseContradictions(command);
  const headers = readHeaders(command.header, io.cwd);
  const settings = await settingsOf(command, io);
  const targets = targetsOf(command, settings);
  neverBlock(io.stdout);
  neverBlock(io.stderr);
  const terminal: Lent = { giveBack: () => {}, away: (work) => work() };
  const stopping = createStopping(command, io, terminal);
  const signals = deps.signals(stopping.leaves);
  const away: Lent['away'] = (work) => terminal.away(work);
  const suspension = suspendWith(process, away, () => shown(io.stderr, suspended(command)));
  try {
    const named = command.target.length + command.route.length > 0;
    if (!named) await confirmTarget(command, settings, io, signals.stop);
    await confirmPathToken(command, settings, io, signals.stop);
    const api = command.simulate
      ? await simulatedApi(command, settings, io)
      : await realApi(command, settings, io, signals.stop);
    try {
      if (api.ingress.kind === 'ngrok') await confirmServer(command, settings, io, signals.stop);
      const options = listenerOptions(command, settings, { targets, headers }, api);
      const ending = await listen(options, command, io, {
        signals,
        stopping,
        terminal,
        suspension,
        simulation: api.simulation,
      });
      return (ending.restored ? EXIT.ok : EXIT.notRestored).code;
    } finally {
      await api.close();
    }
  } finally {
    suspension.dispose();
    signals.dispose();
  }
}

/** What the shell, and other signals, may do to a listener and its view. */
interface Job {
  readonly signals: Signals;
  readonly stopping: Stopping;
  readonly terminal: Lent;
  readonly suspension: Suspension;
  readonly simulation: Api['simulation'];
}

/** Listens. When the instance's webhook is somebody else's, asks the user what to do with it. */
async function listen(
  options: ListenerOptions,
  command: ListenCommand,
  io: Io,
  job: Job,
): Promise<Ending> {
  try {
    return await untilStopped(options, command, io, job);
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'foreign_webhook')) throw error;
    if (!canAsk(io, !command.input)) throw error;
    const choices = choicesFor(error.facts, options.takeover.tee);
    const answer = await choose(io, `${error.message}.`, choices, job.signals.stop);
    if (answer === null) {
      const { hint } = error;
      throw new CliError('usage', error.code, DECLINED, hint === undefined ? {} : { hint });
    }
    const chosen = { ...options, takeover: { ...options.takeover, ...answer } };
    return await untilStopped(chosen, command, io, job);
  }
}

/** What may be done with a webhook at this host; the choice that changes nothing comes first. */
function choicesFor(
  facts: CliError['facts'],
  tee: boolean,
): Choice<Partial<ListenerOptions['takeover']>>[] {
  const host = String(facts.host);
  // A tunnel or another listener gets no copy.
  const canTee = facts.canTee === true;
  const replace = {
    key: 'r',
    does: `replace it while listening; ${host} gets no events`,
  };
  return [
    {
      key: 's',
      does: 'listen side by side: add a second webhook, leave this one (experimental)',
      value: { sideBySide: true, tee: false },
    },
    ...(canTee
      ? [
          {
            key: 't',
            does: `replace it while listening, and send ${host} a copy of each event`,
            value: { replace: host, tee: true },
          },
        ]
      : []),
    ...(tee && canTee ? [] : [{ ...replace, value: { replace: host } }]),
  ];
}

async function untilStopped(
  options: ListenerOptions,
  command: ListenCommand,
  io: Io,
  job: Job,
): Promise<Ending> {
  const { terminal } = job;
  const plain = createPlainView(io, { quiet: command.quiet, color: command.color });
  const view: View = command.json ? createJsonView(io.stdout) : plain;
  if (!drawsOn(io, command)) {
    // A terminal may stop reading at any time; in a thread of its own the listener does not wait for it.
    return io.stdout.isTTY
      ? stoppedBy(job, runListenerInWorker(options, view.take))
      : stoppedBy(
          job,
          runListener(options, view.take, {
            ...io,
            checkpoints: startCheckpoints,
            guard: startGuard,
          }),
        );
  }
  // The listener's thread starts while the terminal UI loads.
  const listener = runListenerInWorker(options, async (batch) => (await tui).take(batch));
  const tui = openTui(command, io, plain, listener, job);
  tui
    .then(({ close, away }) => {
      terminal.giveBack = close;
      terminal.away = away;
    })
    .catch(() => {});
  try {
    return await stoppedBy(job, listener);
  } finally {
    (await tui).close();
  }
}

/** Resolves to how the listener ended; the signals stop it. */
async function stoppedBy(
  { signals, stopping }: Pick<Job, 'signals' | 'stopping'>,
  listener: ListenerHandle,
): Promise<Ending> {
  stopping.listener = listener;
  if (signals.stop.aborted) listener.stop();
  signals.stop.addEventListener('abort', listener.stop, { once: true });
  try {
    return await listener.stopped;
  } finally {
    signals.stop.removeEventListener('abort', listener.stop);
  }
}

/** Whether the terminal UI is wanted, and there is a terminal that it can be drawn on. */
function drawsOn(io: Io, { json, quiet, plain, input }: ListenCommand): boolean {
  const { stdin, stdout, env } = io;
  const wanted = !json && !quiet && !plain && input && env.TERM !== 'dumb';
  return wanted && stdin.isTTY === true && stdout.isTTY === true && io.inForeground();
}

/** The terminal UI of a listener, loaded only when needed: it is the largest part of the program. */
async function openTui(
  { color }: ListenCommand,
  io: Io,
  plain: PlainView,
  listener: ListenerHandle,
  { signals, suspension, simulation }: Job,
): Promise<Tui> {
  const { createTui } = await import('../../views/tui/tui.tsx');
  const tui: Tui = createTui({
    io,
    color,
    plain,
    simulation,
    actions: actionsOf({ io, listener, signals, suspension, away: (work) => tui.away(work) }),
  });
  return tui;
}

/** The line before the program is suspended; it must not be left so while it holds an instance. */
function suspended(command: ListenCommand): string {
  if (command.simulate) return 'Suspended: no event is answered. Type fg to go on.\n';
  const { thing, undo } = wordsFor(command);
  const otherwise = command.guard
    ? `Type fg within a minute to go on.\n  Otherwise the guard makes this listener ${undo} the ${thing}.`
    : `Type fg to go on.\n  Without a guard, nobody ${undo}s the ${thing} meanwhile.`;
  return `Suspended: no event is answered. ${otherwise}\n`;
}

/** Writes, and waits until the terminal has the text; only shortly, because it may not be reading. */
function shown(output: Output, text: string): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SHOWN_MS);
    output.write(text, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
