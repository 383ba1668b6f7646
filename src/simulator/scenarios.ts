/** Runs scenarios: at most one on each instance, the first as soon as events have a url to go to. */

import type { FreshSource } from '../fixtures/fresh.ts';
import { type PreparedScenario, runScenario } from '../fixtures/scenario.ts';
import type { Instance } from './instances.ts';

/** How to run scenarios. */
export interface ScenarioOptions extends FreshSource {
  /** Runs once on each instance that has somewhere to send events; null for none. */
  readonly first: PreparedScenario | null;
  /** Whether an instance has somewhere to send events. */
  sends(instance: Instance): boolean;
  /** Aborts when the simulator closes. */
  readonly signal: AbortSignal;
  /** Emits an event on an instance. */
  emit(instanceId: string, body: Buffer): void;
  log?(line: string): void;
  /** Called when a scenario was played to its end. */
  over?(scenario: PreparedScenario): void;
}

/** The scenarios of a simulator. */
export interface Scenarios {
  /** Starts a scenario on an instance and ends the running one. */
  start(instanceId: string, scenario: PreparedScenario): void;
  /** Starts `first`, once for each instance, if the instance has somewhere to send events. */
  begin(instance: Instance): void;
  /** Ends the scenario of a deleted instance. */
  stop(instanceId: string): void;
}

/** Starts with no scenario. */
export function createScenarios(options: ScenarioOptions): Scenarios {
  const { first, signal, now, random } = options;
  const running = new Map<string, AbortController>();
  const begun = new Set<string>();

  function start(id: string, scenario: PreparedScenario): void {
    running.get(id)?.abort();
    const own = new AbortController();
    running.set(id, own);
    options.log?.(`scenario ${scenario.name} begins on instance ${id}`);
    const emit = (body: Buffer) => options.emit(id, body);
    const ended = AbortSignal.any([signal, own.signal]);
    void runScenario(scenario, { now, random }, emit, ended).then(() => {
      if (!ended.aborted) options.over?.(scenario);
    });
  }

  return {
    start,
    begin(instance) {
      const { id } = instance;
      if (first === null || begun.has(id) || !options.sends(instance)) return;
      begun.add(id);
      start(id, first);
    },
    stop(id) {
      running.get(id)?.abort();
      running.delete(id);
      begun.delete(id);
    },
  };
}
