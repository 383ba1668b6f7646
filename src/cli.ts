/** The entry point: builds `Io`, runs the program, and is the only place that turns an error into a message and an exit code. */

import { CliError, EXIT, type ExitName, messageOf, stackOf } from './errors.ts';
import { processIo } from './platform/io.ts';
import { jsonLine, safeText } from './platform/safe-text.ts';
import { ignoresHangup, listenForSignals, type Signals } from './platform/signals.ts';
import { createProgram, parse } from './program.ts';

/** How long to wait at exit for a reader of the last output, in ms. */
const FLUSH_MS = 1000;

/** Runs the command line of `process`, and exits with the command's exit code. */
export async function main(process: NodeJS.Process): Promise<void> {
  const io = processIo();
  let running: Signals | null = null;
  let crash: unknown = null;
  // At once, and for every command: the system's default would end the process.
  const ignoreHangup = ignoresHangup();
  if (ignoreHangup) process.on('SIGHUP', () => {});

  const signals: Parameters<typeof createProgram>[0]['signals'] = (leaves) => {
    const again = async (exit: ExitName) => {
      const as = leaves === undefined ? exit : await leaves(exit);
      if (as !== null) process.exit(EXIT[as].code);
    };
    running = listenForSignals(process, io.now, again, ignoreHangup);
    return running;
  };
  // A closed stdout (`| head`) stops a listener like a signal, and ends any other command at once.
  const closed = (error: NodeJS.ErrnoException) => {
    if (running !== null) running.requestStop(error.code ?? 'output');
    else process.exit(EXIT.ok.code);
  };
  process.stdout.on('error', closed);
  process.stderr.on('error', closed);
  // A bug must not keep a listener from restoring the webhook.
  process.on('uncaughtException', (error) => {
    if (running === null) {
      report(error, process);
      process.exit(EXIT.unexpected.code);
    }
    crash ??= error;
    running.requestStop('crash');
  });

  let code: number;
  try {
    code = await parse(createProgram({ io, signals }), process.argv);
    if (crash !== null) throw crash;
  } catch (error) {
    code = report(error, process);
  }
  await flush(process);
  process.exit(code);
}

/** Prints an error on stderr, as JSON with `--json`; returns the exit code. */
function report(error: unknown, { argv, stderr }: NodeJS.Process): number {
  const known = error instanceof CliError ? error : null;
  const exit = EXIT[known?.exit ?? 'unexpected'].code;
  const message = messageOf(error);
  const debug = argv.includes('--debug') && error instanceof Error ? stackOf(error) : undefined;
  if (argv.includes('--json')) {
    const { code = 'unexpected', hint } = known ?? {};
    stderr.write(`${jsonLine({ error: { code, message, hint, exit, debug } })}\n`);
    return exit;
  }
  const what = known === null ? `Unexpected: ${message}` : message;
  const next =
    known === null
      ? 'This is a bug. Run the command again with --debug to see the stack trace.'
      : known.hint;
  stderr.write(`eazewa-hooks: ${safeText(what, 2000)}\n`);
  if (next !== undefined) stderr.write(`  ${safeText(next, 2000)}\n`);
  for (const line of debug?.split('\n') ?? []) stderr.write(`  ${safeText(line)}\n`);
  if (debug !== undefined && known?.cause instanceof Error) {
    const { name } = known.cause;
    stderr.write(`  caused by ${safeText(`${name}: ${messageOf(known.cause)}`, 2000)}\n`);
  }
  return exit;
}

/** Waits until stdout and stderr are written, at most {@link FLUSH_MS}. */
function flush({ stdout, stderr }: NodeJS.Process): Promise<unknown> {
  const written = [stdout, stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  const over = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
  return Promise.race([Promise.all(written), over]);
}
