/** The terminal as a full screen: taken, lent to other programs, and restored on every exit. */

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RESTORE_SCREEN, type ScreenMarker } from '../../platform/left-screen.ts';
import { leaveModesAlone, neverBlock } from '../../platform/terminal.ts';

const CLEAR = '\u001b[2J\u001b[H';
/** Begins a synchronized update: the terminal shows all of it at its end. */
const BEGIN_UPDATE = '\u001b[?2026h';
/**
 * Bracketed paste on, cursor off, line wrap off (a wrongly measured width breaks no line), and the
 * wheel sends arrow keys: the terminal itself still selects text, as it would not with mouse reports.
 */
const MODES = '\u001b[?2004h\u001b[?25l\u001b[?7l\u001b[?1007h';
/** The alternate screen, empty; the setting of the wheel is saved. */
const TAKE = `\u001b[?1007s\u001b[?1049h${CLEAR}${MODES}`;
/** Retries of the last write to a terminal that does not read, and the ms between them. */
const TRIES = 20;
const TRY_EVERY_MS = 20;
/** Ink writes this before a frame that is too high; it would erase the user's scrollback. */
const ERASE_SCROLLBACK = '\u001b[3J';
/** How often a background job looks whether it is in the foreground again, in ms. */
const LOOK_EVERY_MS = 500;

/** The part of `process` that this module uses. */
export type ScreenProcess = Pick<NodeJS.Process, 'on' | 'off'>;

/** A full screen opened by {@link openScreen}. */
export interface Screen {
  /** The stream that Ink draws on. Writes are dropped while the screen is lent or closed. */
  readonly stdout: NodeJS.WriteStream;
  readonly columns: number;
  readonly rows: number;
  /** Calls `fn` when the size has changed, before Ink draws. Returns an unsubscribe function. */
  onResize(fn: () => void): () => void;
  /** Whether the terminal has accepted everything that was written. */
  isFree(): boolean;
  /** Calls `fn` whenever the terminal has accepted everything. Returns an unsubscribe function. */
  onFree(fn: () => void): () => void;
  /** Draws everything again, after another program wrote to the terminal. */
  redraw(): void;
  /**
   * Runs `work` on the normal screen, in cooked mode and without reading stdin. Takes the screen again
   * and redraws it when no other work has it and the process is in the foreground. Then settles as `work` did.
   */
  away<T>(work: () => Promise<T>): Promise<T>;
  /** Restores the terminal for good. Idempotent. */
  leave(): void;
}

/**
 * Takes the terminal: alternate screen, raw mode, bracketed paste, no cursor. `leave()` restores it; so
 * does the exit of the process (`process.exit`, an exception), even in the middle of a write. Both
 * streams must be terminals; writes to stdout no longer block (`neverBlock`). While `inForeground` says no,
 * the terminal is the shell's: it is neither read nor are its modes set.
 */
export function openScreen(world: {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly process: ScreenProcess;
  /** Says who has the screen, for the next command if this process is killed. */
  readonly marker: ScreenMarker;
  inForeground(): boolean;
}): Screen {
  const { stdin, stdout: terminal, process, marker, inForeground } = world;
  let isTaken = false;
  /** Whether stdin was read when the screen was given away, and to how many works it is given. */
  let wasRead = false;
  let lent = 0;
  let isClosed = false;
  /** Extra columns reported to Ink while `redraw` makes it forget what it drew. */
  let extraColumns = 0;

  const output = new Writable({
    decodeStrings: false,
    // One write at a time, so that queued frames are dropped when the screen is left.
    write(text, _, done) {
      if (isTaken) terminal.write(text, () => done());
      else done();
    },
  });
  const freeListeners = new Set<() => void>();
  const resizeListeners = new Set<() => void>();
  const columns = () => terminal.columns || 80;
  const rows = () => terminal.rows || 24;
  const stdout = Object.defineProperties(output as Writable & NodeJS.WriteStream, {
    isTTY: { value: true },
    columns: { get: () => columns() + extraColumns },
    rows: { get: rows },
    write: { value: write },
  });

  function write(text: string | Uint8Array, ...rest: unknown[]): boolean {
    const done = rest.find((one): one is () => void => typeof one === 'function');
    const drawn = isTaken && extraColumns === 0 ? text : '';
    const visible = typeof drawn === 'string' ? drawn.replaceAll(ERASE_SCROLLBACK, '') : drawn;
    return Writable.prototype.write.call(output, visible, 'utf8' as const, () => {
      done?.();
      if (isFree()) for (const fn of freeListeners) fn();
    });
  }
  const isFree = () => output.writableLength === 0;

  /**
   * Makes Ink draw everything on an empty screen. Ink draws only differences until the terminal gets
   * narrower, so a wider terminal is reported to Ink first.
   */
  function redraw(): void {
    output.write(CLEAR);
    for (const fn of resizeListeners) fn();
    // Ink erases its lines before it draws: the update ends with its next frame, so nothing flickers.
    output.write(BEGIN_UPDATE);
    extraColumns = 1;
    output.emit('resize');
    extraColumns = 0;
    output.emit('resize');
  }

  function take(): void {
    isTaken = true;
    rawMode(true);
    marker.set();
    terminal.write(TAKE);
  }

  function restore(): void {
    isTaken = false;
    rawMode(false);
    // In order after pending writes; without any, synchronously.
    if (terminal.writableLength > 0) terminal.write(RESTORE_SCREEN);
    else writeNow(terminal.fd, RESTORE_SCREEN);
    marker.clear();
  }

  /** Switches raw mode; ignores a terminal that is gone. The shell has reset its own already. */
  function rawMode(isRaw: boolean): void {
    if (!inForeground()) return;
    try {
      stdin.setRawMode(isRaw);
    } catch {
      // The terminal hung up: nothing to restore.
    }
  }

  async function away<T>(work: () => Promise<T>): Promise<T> {
    lent += 1;
    if (isTaken) {
      wasRead = stdin.readableFlowing === true;
      stdin.pause();
      restore();
    }
    try {
      await new Promise((resolve) => terminal.write('', resolve));
      return await work();
    } finally {
      lent -= 1;
      await comeBack();
    }
  }

  /** Takes the screen again. A shell that brings a running job to the foreground sends no signal. */
  async function comeBack(): Promise<void> {
    while (!isClosed && !inForeground()) await sleep(LOOK_EVERY_MS);
    if (isClosed || isTaken || lent > 0) return;
    take();
    if (wasRead) stdin.resume();
    redraw();
  }

  /** Restores the terminal when the process exits, which discards queued writes. */
  function onExit(): void {
    if (isTaken || terminal.writableLength > 0) writeNow(terminal.fd, RESTORE_SCREEN);
    if (isTaken) marker.clear();
    rawMode(false);
    isTaken = false;
  }
  const onLastExit = () => {
    if (!inForeground()) leaveModesAlone(stdin);
  };

  /** SIGCONT after a stop from outside: the shell has changed the terminal's modes. */
  function onContinue(): void {
    if (!isTaken) return;
    if (!inForeground()) {
      void away(async () => {});
      return;
    }
    rawMode(false);
    rawMode(true);
    terminal.write(MODES);
    redraw();
  }

  neverBlock(terminal);
  process.on('exit', onExit);
  process.on('exit', onLastExit);
  process.on('SIGCONT', onContinue);
  terminal.prependListener('resize', redraw);
  take();

  return {
    stdout,
    get columns() {
      return columns();
    },
    get rows() {
      return rows();
    },
    onResize(fn) {
      resizeListeners.add(fn);
      return () => resizeListeners.delete(fn);
    },
    isFree,
    onFree(fn) {
      freeListeners.add(fn);
      return () => freeListeners.delete(fn);
    },
    redraw() {
      if (isTaken) redraw();
    },
    away,
    leave() {
      if (isClosed) return;
      isClosed = true;
      terminal.off('resize', redraw);
      process.off('SIGCONT', onContinue);
      if (isTaken) restore();
      terminal.write('', () => process.off('exit', onExit));
    },
  };
}

/** Writes synchronously; gives up on a terminal that is gone or does not read. */
function writeNow(fd: number, text: string): void {
  let bytes = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; bytes.length > 0 && tries < TRIES; tries += 1) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, TRY_EVERY_MS);
    }
  }
}
