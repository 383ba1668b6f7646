/** The terminal as a full screen: taken, lent to others for a while, and given back as it was, whatever happens. */

import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { neverBlock } from '../../platform/terminal.ts';

const CLEAR = '\u001b[2J\u001b[H';
/** What is written from here on is shown at the end of the update. */
const BEGIN_UPDATE = '\u001b[?2026h';
/** Pastes are marked, there is no cursor, and what is wider than we think it is breaks no line. */
const MODES = '\u001b[?2004h\u001b[?25l\u001b[?7l';
/** The alternate screen, empty. */
const TAKE = `\u001b[?1049h${CLEAR}${MODES}`;
/** An update that was begun ends; no attributes; pastes unmarked; cursor; normal screen. */
const GIVE_BACK = '\u001b[?2026l\u001b[0m\u001b[?7h\u001b[?2004l\u001b[?25h\u001b[?1049l';

/** How often, and how many ms apart, the last words are tried on a terminal that does not read. */
const TRIES = 20;
const TRY_EVERY_MS = 20;
/** What Ink writes before a frame that is too high: it would erase what the person can scroll back to. */
const ERASE_SCROLLBACK = '\u001b[3J';
/** When nothing stopped the process after so many ms, nothing will: there is no shell to go back to. */
const STOPPED_WITHIN_MS = 100;

/** A `process` as far as this module needs it. */
export type ScreenProcess = Pick<NodeJS.Process, 'on' | 'off' | 'kill' | 'platform'>;

/** A full screen that was taken by {@link openScreen}. */
export interface Screen {
  /** What Ink draws on. Nothing that is written while the screen is not ours reaches the terminal. */
  readonly stdout: NodeJS.WriteStream;
  readonly columns: number;
  readonly rows: number;
  /** Calls `fn` when the size has changed, before Ink draws. Returns how to take that back. */
  onResize(fn: () => void): () => void;
  /** Whether the terminal has taken all that was written. */
  isFree(): boolean;
  /** Calls `fn` whenever it has taken all. Returns how to take that back. */
  onFree(fn: () => void): () => void;
  /** Has all of it drawn again: somebody else wrote on it. */
  redraw(): void;
  /**
   * Does the work with the normal screen, in cooked mode and with nobody reading stdin; then takes the
   * screen back and has all of it drawn again. Resolves and rejects as the work does.
   */
  away<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the program as Ctrl-Z does, and comes back when it is continued. Nothing on Windows. */
  suspend(): Promise<void>;
  /** Gives the terminal back for good. May be called again. */
  leave(): void;
}

/**
 * Takes the terminal: alternate screen, raw mode, pastes marked, no cursor; its title stays. It is given
 * back by `leave()`, and else when the process exits (`process.exit`, an exception), whatever was being
 * written. Both streams must be terminals; writing does not block any more (`neverBlock`).
 */
export function openScreen(world: {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream & { readonly fd: number };
  readonly process: ScreenProcess;
}): Screen {
  const { stdin, stdout: terminal, process } = world;
  let isOurs = false;
  let isOver = false;
  /** One column more, for the moment in which Ink is made to forget what it drew. */
  let more = 0;

  const paper = new Writable({
    decodeStrings: false,
    // One write at a time: what waits here when the screen is left is never written.
    write(text, _, done) {
      if (isOurs) terminal.write(text, () => done());
      else done();
    },
  });
  const freed = new Set<() => void>();
  const resized = new Set<() => void>();
  const columns = () => terminal.columns || 80;
  const rows = () => terminal.rows || 24;
  const stdout = Object.defineProperties(paper as Writable & NodeJS.WriteStream, {
    isTTY: { value: true },
    columns: { get: () => columns() + more },
    rows: { get: rows },
    write: { value: write },
  });

  function write(text: string | Uint8Array, ...rest: unknown[]): boolean {
    const done = rest.find((one): one is () => void => typeof one === 'function');
    const drawn = isOurs && more === 0 ? text : '';
    const kept = typeof drawn === 'string' ? drawn.replaceAll(ERASE_SCROLLBACK, '') : drawn;
    return Writable.prototype.write.call(paper, kept, 'utf8' as const, () => {
      done?.();
      if (isFree()) for (const fn of freed) fn();
    });
  }
  const isFree = () => paper.writableLength === 0;

  /**
   * Has Ink draw everything on an empty screen. It draws only what differs from what it drew before,
   * and forgets that only when the terminal gets narrower: so it is told of a wider one first.
   */
  function redraw(): void {
    paper.write(CLEAR);
    for (const fn of resized) fn();
    // Ink erases its lines before it draws them: shown at once, with the end that its next frame has.
    paper.write(BEGIN_UPDATE);
    more = 1;
    paper.emit('resize');
    more = 0;
    paper.emit('resize');
  }

  function take(): void {
    isOurs = true;
    rawMode(true);
    terminal.write(TAKE);
  }

  function giveBack(): void {
    isOurs = false;
    rawMode(false);
    // Behind what the terminal has not read yet; without anything there, at once.
    if (terminal.writableLength > 0) terminal.write(GIVE_BACK);
    else writeNow(terminal.fd, GIVE_BACK);
  }

  /** Raw mode on or off; a terminal that is gone is no failure. */
  function rawMode(isRaw: boolean): void {
    try {
      stdin.setRawMode(isRaw);
    } catch {
      // It hung up: there is nothing to restore.
    }
  }

  async function away<T>(work: () => Promise<T>): Promise<T> {
    const wasRead = stdin.readableFlowing === true;
    stdin.pause();
    giveBack();
    try {
      await new Promise((resolve) => terminal.write('', resolve));
      return await work();
    } finally {
      if (!isOver) {
        take();
        if (wasRead) stdin.resume();
        redraw();
      }
    }
  }

  /** What to do when the process exits: the queue of the terminal is lost then. */
  function onExit(): void {
    if (isOurs || terminal.writableLength > 0) writeNow(terminal.fd, GIVE_BACK);
    rawMode(false);
    isOurs = false;
  }

  /** Somebody else stopped us and let us go on: the shell has changed the modes meanwhile. */
  function onContinue(): void {
    if (!isOurs) return;
    rawMode(false);
    rawMode(true);
    terminal.write(MODES);
    redraw();
  }

  neverBlock(terminal);
  process.on('exit', onExit);
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
      resized.add(fn);
      return () => resized.delete(fn);
    },
    isFree,
    onFree(fn) {
      freed.add(fn);
      return () => freed.delete(fn);
    },
    redraw() {
      if (isOurs) redraw();
    },
    away,
    async suspend() {
      if (process.platform === 'win32') return;
      await away(async () => {
        // The whole group, as the terminal does: npm, if that started us, has to stop as well.
        process.kill(0, 'SIGTSTP');
        await new Promise((resolve) => setTimeout(resolve, STOPPED_WITHIN_MS));
      });
    },
    leave() {
      if (isOver) return;
      isOver = true;
      terminal.off('resize', redraw);
      process.off('SIGCONT', onContinue);
      if (isOurs) giveBack();
      terminal.write('', () => process.off('exit', onExit));
    },
  };
}

/** Writes to the terminal before it returns, unless that does not read or is gone. */
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
