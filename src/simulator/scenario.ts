/** Scenarios: fixtures emitted one after the other at a human pace, with ids that fit together. */

import { performance } from 'node:perf_hooks';
import { createFreshener, type FreshSource } from '../fixtures/fresh.ts';
import {
  loadFixture,
  loadScenario,
  type ScenarioStep,
  type WebhookBody,
} from '../fixtures/load.ts';
import { setPath } from '../fixtures/override.ts';
import { pause } from './emit.ts';

/** A scenario that is ready to run: its bodies, and when each is due, in ms since the beginning. */
export interface PreparedScenario {
  readonly name: string;
  readonly steps: readonly { readonly due: number; readonly body: WebhookBody }[];
}

/**
 * Loads a scenario with all of its fixtures, so that a mistake shows before the first step.
 * `speed` divides its waits. Throws what `loadScenario`, `loadFixture` and `setPath` throw.
 */
export function prepareScenario(name: string, speed: number): PreparedScenario {
  let due = 0;
  const steps = loadScenario(name).map((step) => {
    due += step.after / speed;
    return { due, body: bodyOf(step) };
  });
  return { name, steps };
}

function bodyOf({ fixture, set = {} }: ScenarioStep): WebhookBody {
  return Object.entries(set).reduce(
    (body, [path, value]) => setPath(body, path, value),
    loadFixture(fixture),
  );
}

/**
 * Runs a scenario: each body is made fresh, with one freshener for the run, and handed to `emit`
 * when it is due. Ends at once when the signal aborts; never throws.
 */
export async function runScenario(
  { steps }: PreparedScenario,
  source: FreshSource,
  emit: (body: WebhookBody) => void,
  signal: AbortSignal,
): Promise<void> {
  const freshen = createFreshener(source);
  const begun = performance.now();
  for (const { due, body } of steps) {
    await pause(begun + due - performance.now(), signal);
    if (signal.aborted) return;
    emit(freshen(body));
  }
}
