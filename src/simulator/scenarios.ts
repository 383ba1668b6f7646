/** Scenarios on instances: at most one on each, the first as soon as somebody listens. */

import type { FreshSource } from '../fixtures/fresh.ts';
import type { WebhookBody } from '../fixtures/load.ts';
import { type PreparedScenario, runScenario } from '../fixtures/scenario.ts';
import type { Instance } from './instances.ts';

/** What scenarios need. */
export interface ScenarioOptions extends FreshSource {
  /** The one that runs once on each instance that sends its events somewhere, or null for none. */
  readonly first: PreparedScenario | null;
  /** Whether an instance sends events anywhere. */
  sends(instance: Instance): boolean;
  /** Aborts when the simulator closes. */
  readonly signal: AbortSignal;
  /** Lets an event happen on an instance. */
  emit(instanceId: string, body: WebhookBody): void;
  log?(line: string): void;
}

/** The scenarios of a simulator. */
export interface Scenarios {
  /** Starts one on an instance, in place of one that runs there. */
  start(instanceId: string, scenario: PreparedScenario): void;
  /** Starts the first one, once for each instance, if it sends its events anywhere. */
  begin(instance: Instance): void;
  /** Ends the one that runs on an instance, and forgets the instance. */
  stop(instanceId: string): void;
}

/** Starts with none running. */
export function createScenarios(options: ScenarioOptions): Scenarios {
  const { first, signal, now, random } = options;
  const running = new Map<string, AbortController>();
  const begun = new Set<string>();

  function start(id: string, scenario: PreparedScenario): void {
    running.get(id)?.abort();
    const own = new AbortController();
    running.set(id, own);
    options.log?.(`scenario ${scenario.name} begins on instance ${id}`);
    const emit = (body: WebhookBody) => options.emit(id, body);
    void runScenario(scenario, { now, random }, emit, AbortSignal.any([signal, own.signal]));
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
