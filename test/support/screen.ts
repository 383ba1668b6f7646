/** Runs a program on a real pseudo-terminal and reads its screen like a user. */

import { type IPty, spawn } from '@lydell/node-pty';
import type { Terminal as Emulator, IBufferCell } from '@xterm/headless';
import headless from '@xterm/headless';
import { says, watchOutput } from './output.ts';

const KEYS: Readonly<Record<string, string>> = {
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  home: '\x1b[H',
  end: '\x1b[F',
  enter: '\r',
  escape: '\x1b',
  tab: '\t',
  'shift-tab': '\x1b[Z',
  backspace: '\x7f',
  'ctrl-c': '\x03',
  'ctrl-l': '\x0c',
  'ctrl-u': '\x15',
  'ctrl-z': '\x1a',
  'ctrl-f1': '\x1b[1;5P',
  'paste-begin': '\x1b[200~',
  'paste-end': '\x1b[201~',
};

/** Timeout for a change of the screen, in ms. */
const PATIENCE = 20_000;
/** Longer than a program waits for the rest of an escape sequence, in ms. */
const AFTER_ESCAPE_MS = 100;

export interface Screen {
  readonly pty: IPty;
  /** The emulator, for its cells and scrollback. */
  readonly emulator: Emulator;
  /** The visible lines without trailing spaces. */
  lines(): string[];
  text(): string;
  cell(x: number, y: number): IBufferCell;
  isAlternate(): boolean;
  isCursorVisible(): boolean;
  /** The terminal's titles, and the texts copied by OSC 52. */
  readonly titles: string[];
  readonly copied: string[];
  /** The whole output including escape sequences. */
  raw(): string;
  /** The number of drawn frames. */
  frames(): number;
  /** Waits until the screen shows a text. Throws with the screen when the program ends, or on timeout. */
  shows(text: string | RegExp): Promise<void>;
  showsNot(text: string | RegExp): Promise<void>;
  when(what: string, holds: (text: string) => boolean): Promise<void>;
  /** Presses named keys and types other text. After Esc the next key waits, so as not to form a sequence. */
  press(...keys: string[]): void;
  resize(columns: number, rows: number): void;
  /** Stops and resumes reading, like a paused terminal. */
  pause(): void;
  resume(): void;
  readonly exit: Promise<{ code: number; signal: number | undefined }>;
  kill(signal?: string): void;
}

export interface ScreenOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly columns?: number;
  readonly rows?: number;
}

/** Starts a program on a terminal of this size. */
export function onScreen(
  file: string,
  args: readonly string[],
  { cwd, env, columns = 100, rows = 30 }: ScreenOptions,
): Screen {
  const pty = spawn(file, [...args], {
    name: env.TERM ?? 'xterm-256color',
    cwd,
    env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', ...env },
    cols: columns,
    rows,
  });
  const emulator = new headless.Terminal({
    cols: columns,
    rows,
    allowProposedApi: true,
    scrollback: 1000,
  });
  const titles: string[] = [];
  const copied: string[] = [];
  emulator.onTitleChange((title) => titles.push(title));
  emulator.parser.registerOscHandler(52, (data) => {
    copied.push(Buffer.from(data.replace(/^\w*;/, ''), 'base64').toString());
    return true;
  });
  let isVisible = true;
  for (const final of ['h', 'l']) {
    emulator.parser.registerCsiHandler({ prefix: '?', final }, (modes) => {
      if (modes.includes(25)) isVisible = final === 'h';
      return false;
    });
  }
  let pressed = Promise.resolve();
  let raw = '';
  let isOver = false;
  const lines = () => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: emulator.rows },
      (_, y) => active.getLine(active.viewportY + y)?.translateToString(true) ?? '',
    );
  };
  const text = () => lines().join('\n').trimEnd();
  const watch = watchOutput(text);
  // The emulator's answers (attributes, cursor) go to the program, as from a real terminal.
  emulator.onData((answer) => {
    if (!isOver) pty.write(answer);
  });
  pty.onData((data) => {
    raw += data;
    emulator.write(data, watch.changed);
  });
  const exit = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      isOver = true;
      emulator.write('', () => {
        watch.ended();
        resolve({ code: exitCode, signal });
      });
    });
  });
  const when = async (what: string, holds: (text: string) => boolean) => {
    await watch.find(what, () => holds(text()) || undefined, PATIENCE);
  };
  return {
    pty,
    emulator,
    lines,
    text,
    cell(x, y) {
      const { active } = emulator.buffer;
      const found = active.getLine(active.viewportY + y)?.getCell(x);
      if (found === undefined) throw new Error(`there is no cell ${x}, ${y}`);
      return found;
    },
    isCursorVisible: () => isVisible,
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    titles,
    copied,
    raw: () => raw,
    frames: () => raw.split('\x1b[?2026h').length - 1,
    shows: (wanted) => when(String(wanted), (shown) => says(shown, wanted)),
    showsNot: (wanted) => when(`no ${wanted}`, (shown) => !says(shown, wanted)),
    when,
    press(...keys) {
      for (const key of keys) {
        pressed = pressed.then(async () => {
          pty.write(KEYS[key] ?? key);
          if (key === 'escape')
            await new Promise((resolve) => setTimeout(resolve, AFTER_ESCAPE_MS));
        });
      }
    },
    resize(newColumns, newRows) {
      emulator.resize(newColumns, newRows);
      pty.resize(newColumns, newRows);
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    exit,
    kill: (signal) => {
      if (!isOver) pty.kill(signal);
    },
  };
}
