/** A place for tests of the terminal UI: a vendor, an app, and listeners on terminals. */

import { onTestFinished } from 'vitest';
import { type App, type AppRequest, startApp } from './app.ts';
import { BIN, type Place } from './program.ts';
import { place } from './resources.ts';
import { onScreen, type Screen } from './screen.ts';
import { startVendor, type Vendor } from './vendor.ts';

type Answer = Parameters<typeof startApp>[0];

export interface TuiPlace {
  readonly place: Place;
  readonly vendor: Vendor;
  /** The app, and its answer from now on. */
  readonly app: App;
  answer(by: NonNullable<Answer>): void;
  /** Starts `listen` on a terminal and waits for its UI. */
  open(args?: readonly string[], options?: OpenOptions): Promise<Screen>;
}

export interface OpenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  /** False for no target. */
  readonly target?: boolean;
}

/** {@link onScreen}, killed at the end of the test. */
export function terminal(...of: Parameters<typeof onScreen>): Screen {
  const screen = onScreen(...of);
  onTestFinished(async () => {
    screen.kill('SIGKILL');
    await screen.exit;
  });
  return screen;
}

/** The instance's original webhook. */
export const ORIGINAL = { url: 'http://127.0.0.1:9/theirs', events: ['message'] };

/** Creates a place, cleaned at the end of the test. */
export async function tuiPlace(): Promise<TuiPlace> {
  const here = place();
  const vendor = await startVendor(here, { url: ORIGINAL.url });
  let by: NonNullable<Answer> = (_: AppRequest, response) => void response.end('ok');
  const app = await startApp((request, response) => by(request, response));
  return {
    place: here,
    vendor,
    app,
    answer(next) {
      by = next;
    },
    async open(args = [], { columns, rows, env = {}, target = true } = {}) {
      const targets = target ? [`${app.port}/hook`] : [];
      const all = [BIN, 'listen', ...targets, ...vendor.args, ...args];
      const screen = terminal(process.execPath, all, {
        cwd: here.cwd,
        env: here.env({ ...vendor.env, ...env }),
        ...(columns !== undefined && { columns }),
        ...(rows !== undefined && { rows }),
      });
      // A narrow screen shows only the id of the instance.
      await screen.when('the instance', (text) => screen.isAlternate() && text.includes('33'));
      return screen;
    },
  };
}
