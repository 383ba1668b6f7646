/** `listen`: receives an instance's events on this machine until it is stopped, then restores the instance. */

import { existsSync } from 'node:fs';
import { CliError, EXIT } from '../../errors.ts';
import { startCheckpoints } from '../../history/checkpoints.ts';
import { runListenerInWorker } from '../../listener/handle.ts';
import type { Ending, ListenerOptions } from '../../listener/options.ts';
import { type ListenerHandle, runListener } from '../../listener/run.ts';
import type { Io } from '../../platform/io.ts';
import { historyPath } from '../../platform/paths.ts';
import type { Signals } from '../../platform/signals.ts';
import { type Choice, canAsk, choose, neverBlock } from '../../platform/terminal.ts';
import { startGuard } from '../../takeover/guard/start.ts';
import { createJsonView } from '../../views/json.ts';
import { createPlainView } from '../../views/plain.ts';
import type { Tui } from '../../views/tui/tui.tsx';
import type { View } from '../../views/view.ts';
import { confirmPathToken, confirmServer, confirmTarget } from '../shared/confirm-dot-env.ts';
import { type Deps, parseOptions, settingsOf } from '../shared/deps.ts';
import { realApi, simulatedApi } from './api.ts';
import { readHeaders } from './headers.ts';
import { refuseContradictions } from './ingress.ts';
import { type ListenCommand, listenerOptions, listenOptions, targetsOf } from './options.ts';
import { createStopping, type Stopping } from './stopping.ts';
import { actionsOf } from './tui-actions.ts';

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
  const stopping = createStopping(command, io);
  const signals = deps.signals(stopping.leaves);
  try {
    const named = command.target.length + command.route.length > 0;
    if (!named) await confirmTarget(command, settings, io, signals.stop);
    await confirmPathToken(command, settings, io, signals.stop);
    const api = command.simulate
      ? await simulatedApi(command, settings, io)
      : await realApi(command, settings, io);
    try {
      if (api.ingress.kind === 'ngrok') await confirmServer(command, settings, io, signals.stop);
      const options = listenerOptions(command, settings, { targets, headers }, api);
      if (!command.json && !command.quiet) announceHistory(options, io);
      const ending = await listen(options, command, io, signals, stopping);
      return (ending.restored ? EXIT.ok : EXIT.notRestored).code;
    } finally {
      await api.close();
    }
  } finally {
    signals.dispose();
  }
}

/** Listens. When the instance's webhook is somebody else's, asks the user what to do with it. */
async function listen(
  options: ListenerOptions,
  command: ListenCommand,
  io: Io,
  signals: Signals,
  stopping: Stopping,
): Promise<Ending> {
  try {
    return await untilStopped(options, command, io, signals, stopping);
  } catch (error) {
    const host = error instanceof CliError && error.code === 'foreign_webhook' && error.facts.host;
    if (typeof host !== 'string' || !canAsk(io, !command.input)) throw error;
    const question = `${(error as CliError).message}.`;
    const answer = await choose(io, question, choicesFor(host, options.takeover.tee), signals.stop);
    if (answer === null) throw error;
    const chosen = { ...options, takeover: { ...options.takeover, ...answer } };
    return await untilStopped(chosen, command, io, signals, stopping);
  }
}

/** What may be done with a webhook at this host; the choice that changes nothing comes first. */
function choicesFor(host: string, tee: boolean): Choice<Partial<ListenerOptions['takeover']>>[] {
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
    {
      key: 't',
      does: `replace it while listening, and send ${host} a copy of each event`,
      value: { replace: host, tee: true },
    },
    ...(tee ? [] : [{ ...replace, value: { replace: host } }]),
  ];
}

async function untilStopped(
  options: ListenerOptions,
  command: ListenCommand,
  io: Io,
  signals: Signals,
  stopping: Stopping,
): Promise<Ending> {
  const view: View = command.json
    ? createJsonView(io.stdout)
    : createPlainView(io, { quiet: command.quiet, color: command.color });
  if (!drawsOn(io, command)) {
    // A terminal may stop reading at any time; in a thread of its own the listener does not wait for it.
    const deps = { ...io, checkpoints: startCheckpoints, guard: startGuard };
    const listener = io.stdout.isTTY
      ? runListenerInWorker(options, view.take)
      : runListener(options, view.take, deps);
    return await stoppedBy(signals, stopping, listener);
  }
  // The listener's thread starts while the terminal UI loads.
  const listener = runListenerInWorker(options, async (batch) => (await tui).take(batch));
  const tui = openTui(command, io, view, listener, signals);
  tui
    .then(({ close }) => {
      stopping.giveBack = close;
    })
    .catch(() => {});
  try {
    return await stoppedBy(signals, stopping, listener);
  } finally {
    (await tui).close();
  }
}

/** Resolves to how the listener ended; the signals stop it. */
async function stoppedBy(
  signals: Signals,
  stopping: Stopping,
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
function drawsOn(
  { stdin, stdout, env }: Io,
  { json, quiet, plain, input }: ListenCommand,
): boolean {
  const wanted = !json && !quiet && !plain && input;
  return wanted && stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb';
}

/** The terminal UI of a listener, loaded only when needed: it is the largest part of the program. */
async function openTui(
  { color }: ListenCommand,
  io: Io,
  plain: View,
  listener: ListenerHandle,
  signals: Signals,
): Promise<Tui> {
  const { createTui } = await import('../../views/tui/tui.tsx');
  const tui: Tui = createTui({
    io,
    color,
    plain,
    actions: actionsOf({ io, listener, signals, away: (work) => tui.away(work) }),
  });
  return tui;
}

/** Says once for each instance where events are stored: they are people's messages. */
function announceHistory({ instance, state }: ListenerOptions, io: Io): void {
  const path = historyPath(instance.folder);
  if (!state.history || existsSync(path)) return;
  io.stderr.write(
    `Events are stored on this machine for 7 days or 1 GiB: ${path}\n  (--no-history stores nothing)\n`,
  );
}
