/** `listen`: receives an instance's events here until it is told to stop, and puts the instance back. */

import { existsSync } from 'node:fs';
import { CliError, EXIT } from '../../errors.ts';
import { wordsFor } from '../../feed/takeover-words.ts';
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
import { confirmServer, confirmTarget } from '../shared/confirm-dot-env.ts';
import { type Deps, parseOptions, settingsOf } from '../shared/deps.ts';
import { realApi, simulatedApi } from './api.ts';
import { readHeaders } from './headers.ts';
import { refuseContradictions } from './ingress.ts';
import { type ListenCommand, listenerOptions, listenOptions, targetsOf } from './options.ts';
import { actionsOf } from './tui-actions.ts';

/** Runs a listener until it is stopped. Returns 0, or 20 when the webhook was not put back. */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const { io } = deps;
  const command = parseOptions(listenOptions, raw);
  refuseContradictions(command);
  const headers = readHeaders(command.header, io.cwd);
  const settings = await settingsOf(command, io);
  const targets = targetsOf(command, settings);
  neverBlock(io.stdout);
  neverBlock(io.stderr);
  const terminal: Lent = { giveBack: () => {} };
  const signals = deps.signals(() => {
    terminal.giveBack();
    io.stderr.write(leftUndone(command));
  });
  try {
    const named = command.target.length + command.route.length > 0;
    if (!named) await confirmTarget(command, settings, io, signals.stop);
    const api = command.simulate
      ? await simulatedApi(command, settings, io)
      : await realApi(command, settings, io);
    try {
      if (api.ingress.kind === 'ngrok') await confirmServer(command, settings, io, signals.stop);
      const options = listenerOptions(command, settings, { targets, headers }, api);
      if (!command.json && !command.quiet) announceHistory(options, io);
      const outcome = await listen(options, command, io, signals, terminal);
      return (outcome.restored ? EXIT.ok : EXIT.notRestored).code;
    } finally {
      await api.close();
    }
  } finally {
    signals.dispose();
  }
}

/** Listens; when the instance's webhook is a foreign one, asks the person first what to do about it. */
async function listen(
  options: ListenerOptions,
  command: ListenCommand,
  io: Io,
  signals: Signals,
  terminal: Lent,
): Promise<Ending> {
  try {
    return await untilStopped(options, command, io, signals, terminal);
  } catch (error) {
    const host = error instanceof CliError && error.code === 'foreign_webhook' && error.facts.host;
    if (typeof host !== 'string' || !canAsk(io, !command.input)) throw error;
    const question = `${(error as CliError).message}.`;
    const answer = await choose(io, question, waysOn(host, options.takeover.tee), signals.stop);
    if (answer === null) throw error;
    const chosen = { ...options, takeover: { ...options.takeover, ...answer } };
    return await untilStopped(chosen, command, io, signals, terminal);
  }
}

/** What may be done about a webhook at this host; the way that changes nothing comes first. */
function waysOn(host: string, tee: boolean): Choice<Partial<ListenerOptions['takeover']>>[] {
  const replace = { key: 'r', does: `replace it until this listener stops; ${host} gets nothing` };
  return [
    {
      key: 's',
      does: 'listen side by side: a second webhook is added, and this one stays (experimental)',
      value: { sideBySide: true, tee: false },
    },
    {
      key: 't',
      does: `replace it and send ${host} a copy of each event, as long as this listener runs`,
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
  terminal: Lent,
): Promise<Ending> {
  const view: View = command.json
    ? createJsonView(io.stdout)
    : createPlainView(io, { quiet: command.quiet, color: command.color });
  if (!drawsOn(io, command)) {
    // A terminal may stop reading for as long as its user likes; the listener must not notice.
    return io.stdout.isTTY
      ? stoppedBy(signals, runListenerInWorker(options, view.take))
      : stoppedBy(
          signals,
          runListener(options, view.take, {
            ...io,
            checkpoints: startCheckpoints,
            guard: startGuard,
          }),
        );
  }
  // The thread is starting up already while the terminal UI is loaded.
  const listener = runListenerInWorker(options, async (batch) => (await tui).take(batch));
  const tui = openTui(command, io, view, listener, signals);
  tui
    .then(({ close }) => {
      terminal.giveBack = close;
    })
    .catch(() => {});
  try {
    return await stoppedBy(signals, listener);
  } finally {
    (await tui).close();
  }
}

/** How a listener ends that the signals may stop. */
async function stoppedBy(signals: Signals, listener: ListenerHandle): Promise<Ending> {
  if (signals.stop.aborted) listener.stop();
  signals.stop.addEventListener('abort', listener.stop, { once: true });
  try {
    return await listener.stopped;
  } finally {
    signals.stop.removeEventListener('abort', listener.stop);
  }
}

/** The terminal while the UI has it: who leaves at once gives it back first. */
interface Lent {
  giveBack: () => void;
}

/** Whether there is a terminal that the UI can be drawn on, and nobody wants it otherwise. */
function drawsOn(
  { stdin, stdout, env }: Io,
  { json, quiet, plain, input }: ListenCommand,
): boolean {
  const wanted = !json && !quiet && !plain && input;
  return wanted && stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb';
}

/** The terminal UI of a listener, loaded only now: it is most of what the program weighs. */
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

/** Said once, before the first event of an instance: events are people's messages. */
function announceHistory({ instance, state }: ListenerOptions, io: Io): void {
  const path = historyPath(instance.folder);
  if (!state.history || existsSync(path)) return;
  io.stderr.write(
    `Events are stored on this machine for 7 days or 1 GiB: ${path}\n  (--no-history stores none)\n`,
  );
}

function leftUndone(command: ListenCommand): string {
  if (command.simulate) return '\nLeft at once.\n';
  const { thing, undoing, Undo } = wordsFor(command);
  const guard = command.guard ? ` Its guard is ${undoing} it now.` : '';
  // The command on a line of its own, where no terminal breaks it.
  return `\nLeft at once: the ${thing} may still lead here.${guard}\n  ${Undo} it with: eazewa-hooks restore\n`;
}
