/** The walk of a listener through every step of a takeover, up to the one that a fault is for. */

import type { FaultPoint } from '../../src/platform/fault-point.ts';
import { until } from '../support/until.ts';
import type { Stage } from './stage.ts';

/** The steps of a listener, in their order, with who restores when it is killed there. */
export const STEPS = {
  locked: '-',
  'journal-written': '-',
  'about-to-set': '-',
  'set-sent': 'guard',
  set: 'guard',
  ready: 'guard',
  'about-to-renew': 'guard',
  'renew-sent': 'guard',
  renewed: 'guard',
  'about-to-restore': 'guard',
  'restore-sent': 'listener',
  restored: 'listener',
  'journal-removed': 'listener',
} as const satisfies Partial<Record<FaultPoint, string>>;

export type Step = keyof typeof STEPS;
export const ALL_STEPS = Object.keys(STEPS) as Step[];

/** Starts a listener, lets it set and, where it is about that, renew the webhook, and stops it. Ends with it. */
export function walk(stage: Stage, step: Step): Promise<unknown> {
  return step.includes('renew') ? walkRenewing(stage) : walkThrough(stage);
}

async function walkThrough({ listen, points }: Stage): Promise<void> {
  const listener = listen();
  let over = false;
  listener.exit.then(() => {
    over = true;
  });
  await until(() => over || points.passed('ready'), 'a listener that is ready', 60_000);
  listener.kill('SIGINT');
  await listener.exit;
}

/** Other events are chosen in the terminal UI: that is when our webhook is set once more. */
async function walkRenewing({ open, points }: Stage): Promise<void> {
  const screen = open();
  let over = false;
  screen.exit.then(() => {
    over = true;
  });
  await screen.when('the UI', (text) => screen.isAlternate() && text.includes('33'));
  screen.press('u');
  await screen.shows(/\[x\] message /);
  screen.press('down', ' ', 'enter');
  // Where it is not renewed, the UI says why.
  const done = () => over || points.passed('renewed') || / ✗ /.test(screen.text());
  await until(done, 'a webhook that is renewed', 60_000);
  screen.press('escape', 'q');
  await screen.exit;
}
