/** The terminal while the UI has it: the alternate screen, raw keys, and the way back whatever happens. */

import { writeSync } from 'node:fs';
import type { Io } from '../../platform/io.ts';

/** The alternate screen, emptied; pasted text is told from typed; the cursor is hidden. */
const ENTER = '\x1b[?1049h\x1b[2J\x1b[H\x1b[?2004h\x1b[?25l';
/** Attributes as they were, the cursor, the normal screen; an unfinished frame is ended first. */
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l';
const CLEAR = '\x1b[2J\x1b[H';
/** How often the way back is tried where the terminal takes nothing; between two tries lie {@link RETRY_MS}. */
const TRIES = 20;
const RETRY_MS = 5;
/** A signal to oneself takes a moment, in ms. */
const SETTLE_MS = 50;

/** A terminal's stream as Node gives it. */
type TerminalOutput = Pick<
  NodeJS.WriteStream,
  'write' | 'columns' | 'rows' | 'on' | 'off' | 'once' | 'writableNeedDrain'
> & { readonly fd?: number };

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** What Ink writes to. It never hears of the terminal's height: for a frame that fills it, Ink clears the scrollback. */
  readonly stdout: NodeJS.WriteStream;
  /** Calls `changed` when the size is another one. */
  onResize(changed: () => void): void;
  /** Whether the terminal took all that was written. */
  isFree(): boolean;
  onFree(again: () => void): void;
  /** Empties it, for the next frame to be drawn whole. */
  clear(): void;
  /** Gives the terminal to another program for as long as `work` takes. */
  away<T>(work: () => Promise<T>): Promise<T>;
  /** Stops this process as Ctrl-Z does; resolves when it goes on. Where the system has no such thing, at once. */
  suspend(): Promise<void>;
  /** Gives it back for good. Also happens when the process ends in any other way. */
  leave(): void;
}

/** Takes the terminal of `io`. */
export function openScreen(io: Pick<Io, 'stdin' | 'stdout'>): Screen {
  const out = io.stdout as TerminalOutput;
  const { stdin } = io;
  const resized: (() => void)[] = [];
  let isOurs = false;

  const enter = () => {
    isOurs = true;
    stdin.setRawMode?.(true);
    out.write(ENTER);
  };
  const giveBack = () => {
    if (!isOurs) return;
    isOurs = false;
    writeNow(out.fd ?? 1, LEAVE);
    try {
      stdin.setRawMode?.(false);
    } catch {
      // The terminal is gone.
    }
  };
  const onResize = () => {
    if (isOurs) for (const changed of resized) changed();
  };
  process.on('exit', giveBack);
  out.on('resize', onResize);
  enter();

  const away = async <T>(work: () => Promise<T>): Promise<T> => {
    giveBack();
    try {
      return await work();
    } finally {
      enter();
    }
  };
  return {
    get columns() {
      return Math.max(1, out.columns || 80);
    },
    get rows() {
      return Math.max(1, out.rows || 24);
    },
    stdout: forInk(out),
    onResize: (changed) => resized.push(changed),
    isFree: () => !out.writableNeedDrain,
    onFree: (again) => out.once('drain', again),
    clear: () => out.write(CLEAR),
    away,
    suspend: () => away(async () => stopped()),
    leave() {
      giveBack();
      process.off('exit', giveBack);
      out.off('resize', onResize);
    },
  };
}

/** Stops the process here; resolves when it goes on. A process that no shell looks after is not stopped. */
function stopped(): Promise<void> {
  if (process.platform === 'win32') return Promise.resolve();
  process.kill(process.pid, 'SIGTSTP');
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

function forInk(out: TerminalOutput): NodeJS.WriteStream {
  return {
    isTTY: true,
    get columns() {
      return Math.max(1, out.columns || 80);
    },
    rows: Number.MAX_SAFE_INTEGER,
    write: (text: string) => out.write(text),
    on: () => {},
    off: () => {},
  } as unknown as NodeJS.WriteStream;
}

/** Writes past everything that is still waiting to be written: at the end of a process nothing else arrives. */
function writeNow(fd: number, text: string): void {
  for (let i = 0; i < TRIES; i++) {
    try {
      writeSync(fd, text);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
