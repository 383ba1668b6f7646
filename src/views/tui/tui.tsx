/** The terminal UI as a view: opens when the listener is ready, shows its feed, and restores the terminal. */

import { PassThrough } from 'node:stream';
import chalk from 'chalk';
import { render } from 'ink';
import type { FeedEntry, ReadyEntry } from '../../feed/feed.ts';
import type { Io } from '../../platform/io.ts';
import { screenMarker } from '../../platform/left-screen.ts';
import type { PlainView } from '../plain.ts';
import { styleFor } from '../style.ts';
import type { View } from '../view.ts';
import type { WebhookEntry } from '../webhook-text.ts';
import type { Actions } from './actions.ts';
import { App } from './app.tsx';
import { paletteFor } from './drawn.tsx';
import { readKeys } from './keyboard.ts';
import { perform } from './perform.ts';
import { openScreen } from './screen.ts';
import { type Effect, initialState, type Scenario } from './state.ts';
import { createStore } from './store.ts';

/** Interval of the `tick` message, in ms. */
const TICK_MS = 1000;
/** How long the preview waits for a selection that moves on, in ms. */
const PREVIEW_MS = 100;

export interface TuiOptions {
  readonly io: Io;
  /** Whether to use colours. */
  readonly color: boolean;
  readonly actions: Actions;
  /** Shows entries before the screen opens and after it closes. */
  readonly plain: PlainView;
  /** Where the vendor is simulated: resolves when its scenario is over. */
  readonly simulation?: { readonly over: Promise<Scenario> } | undefined;
}

export interface Tui extends View {
  /** Lends the terminal to another program while `work` runs, then redraws. */
  away<T>(work: () => Promise<T>): Promise<T>;
  /** Restores the terminal. Idempotent. */
  close(): void;
}

/** Most events and attempts of before `ready` in memory. */
const MOST_EARLY = 1000;

function isActivity({ type }: FeedEntry): boolean {
  return type === 'event' || type === 'attempt';
}

/** Warnings about the release, beside those whose codes begin with `webhook_`. */
const RELEASE_WARNINGS = new Set(['not_restored', 'journal_left']);

/** Whether a person must act on an entry of the release; it is repeated on the normal screen, where it stays. */
function needsAction(entry: FeedEntry): boolean {
  if (entry.type === 'webhook') return entry.state === 'not-restored';
  if (entry.type !== 'warning' || entry.code === 'webhook_in_doubt') return false;
  return RELEASE_WARNINGS.has(entry.code) || entry.code.startsWith('webhook_');
}

/** Creates the view. It takes the terminal at the `ready` entry and restores it at `stopped`. */
export function createTui(options: TuiOptions): Tui {
  const { plain } = options;
  let open: OpenTui | null = null;
  let isOver = false;
  const toAct: FeedEntry[] = [];
  let released: WebhookEntry | null = null;
  /** Events and attempts of before `ready`: they belong on the screen. */
  let early: FeedEntry[] = [];
  const close = () => {
    isOver = true;
    open?.close();
    open = null;
  };
  return {
    async take(entries) {
      if (isOver) return plain.take(entries);
      if (open === null) {
        const ready = entries.find((entry) => entry.type === 'ready');
        const isLast = entries.some(({ type }) => type === 'stopped');
        if (ready === undefined && !isLast) {
          early = [...early, ...entries.filter(isActivity)].slice(-MOST_EARLY);
          return plain.take(entries.filter((entry) => !isActivity(entry)));
        }
        // Put into the background while it started, it prints lines: taking the terminal would stop it.
        if (ready !== undefined && options.io.inForeground()) open = await openTui(ready, options);
        const all = [...early, ...entries];
        early = [];
        if (open === null) {
          // From here on it prints lines.
          isOver = true;
          return plain.take(all);
        }
        open.show(all);
      } else open.show(entries);
      for (const entry of entries) {
        if (needsAction(entry)) toAct.push(entry);
        if (entry.type === 'webhook' && entry.state === 'restored') released = entry;
        if (entry.type !== 'stopped') continue;
        close();
        await plain.take(toAct);
        return plain.last(entry, released);
      }
    },
    away: (work) => (open === null ? work() : open.away(work)),
    close,
  };
}

interface OpenTui {
  show(entries: readonly FeedEntry[]): void;
  away<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

async function openTui(
  ready: ReadyEntry,
  { io, color, actions, simulation }: TuiOptions,
): Promise<OpenTui> {
  const colors = styleFor(io, io.stdout, color).level > 0 ? paletteFor(io.env) : 'none';
  // Level 0 would drop bold, dim and inverse too, which show the selection.
  chalk.level = Math.max(1, styleFor(io, io.stdout, color).level) as typeof chalk.level;
  const { stdin, inForeground } = io;
  const marker = screenMarker(io, process.pid);
  const stdout = io.stdout as Terminal;
  const screen = openScreen({ stdin, stdout, process, marker, inForeground });
  const { columns, rows: lines } = screen;
  const size = { now: io.now(), columns, lines };
  const initial = initialState(ready, size, simulation !== undefined);
  const store = createStore(initial, (effect) => act(effect), {
    now: () => performance.now(),
    isFree: screen.isFree,
    onFree: (again) => void screen.onFree(again),
  });
  const drawn = render(<App store={store} colors={colors} />, {
    stdout: screen.stdout,
    // `keyboard.ts` reads the keys; Ink gets none, since some keys would end it.
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  // A bug in a component has unmounted Ink: end the program as any other bug does.
  drawn.waitUntilExit().catch((error: unknown) => {
    setImmediate(() => {
      throw error;
    });
  });
  const keys = readKeys(io.stdin, (key) => store.send({ type: 'key', key }));
  // Called after the terminal was lent, too, since its size may have changed.
  screen.onResize(() => {
    store.send({ type: 'resize', columns: screen.columns, lines: screen.rows });
    store.flush();
  });
  void simulation?.over.then((scenario) => store.send({ type: 'scenario-over', scenario }));
  const clock = setInterval(() => store.send({ type: 'tick', now: io.now() }), TICK_MS);

  let soon: NodeJS.Timeout | undefined;
  const act = (effect: Effect) => {
    switch (effect.type) {
      case 'stop':
        actions.stop();
        break;
      case 'suspend':
        actions.suspend();
        break;
      case 'redraw':
        screen.redraw();
        break;
      case 'preview-soon':
        soon = setTimeout(() => store.send({ type: 'preview-due' }), PREVIEW_MS);
        break;
      default:
        void perform(effect, actions).then(store.send);
    }
  };
  return {
    show: (entries) => store.send({ type: 'entries', entries }),
    away: (work) => screen.away(work),
    close() {
      clearInterval(clock);
      clearTimeout(soon);
      store.close();
      drawn.unmount();
      screen.leave();
      keys.stop();
    },
  };
}

/** A terminal's stream, as Node provides it. */
type Terminal = NodeJS.WriteStream & { readonly fd: number };
