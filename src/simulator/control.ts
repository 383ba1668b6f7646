/** The simulator's own control, under `/_simulator`: events, scenarios, deliveries, faults, switches. */

import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { PreparedScenario } from '../fixtures/scenario.ts';
import { isLoopback } from '../platform/loopback.ts';
import { type EmitControl, emit, instanceIdOf } from './control-emit.ts';
import { type Faults, faultRequest } from './faults.ts';
import { answer, check, mediaType, parseJson, parseUrl, Refusal, readBody } from './http.ts';
import type { Call, Routes } from './routes.ts';
import { checkSwitches, type Switches } from './switches.ts';

/** The state behind the control. */
export interface Control extends EmitControl {
  readonly faults: Faults;
  /** Starts a scenario on an instance and ends the running one. */
  startScenario(instanceId: string, name: string, speed: number): PreparedScenario;
  setSwitches(change: Partial<Switches>): void;
}

/** Every path and method of the control. */
export const CONTROL_ROUTES: Routes<Control> = {
  '/_simulator/emit': { POST: emit },
  '/_simulator/scenario': { POST: startScenario },
  '/_simulator/deliveries': { GET: listDeliveries },
  '/_simulator/faults': {
    GET: listFaults,
    POST: addFault,
    DELETE(control, call) {
      control.faults.clear();
      listFaults(control, call);
    },
  },
  '/_simulator/switches': { GET: tellSwitches, POST: setSwitches },
};

const LONGEST_BODY = 64 * 1024;

const scenarioRequest = z.strictObject({
  name: z.string().max(200),
  speed: z.number().positive().max(1000).default(1),
  instanceId: z.union([z.string(), z.number()]).transform(String).optional(),
});

const deliveriesQuery = z.object({
  instanceId: z.string().nullable(),
  limit: z.coerce.number().int().min(1).max(10_000),
});

const switchesRequest = z.record(z.string(), z.unknown());

/**
 * Throws a refusal for a request that a web page may have sent: one with an Origin, one whose
 * Host is not this machine, or a POST that is not JSON. No other origin is ever allowed.
 */
export function requireLocal(request: IncomingMessage): void {
  const { host, origin } = request.headers;
  if (origin !== undefined) throw new Refusal(403, 'Requests with an Origin are not answered.');
  const hostname = parseUrl(`http://${host ?? ''}`)?.hostname ?? '';
  if (!isLoopback(hostname)) throw new Refusal(403, 'The Host is not this machine.');
  if (request.method === 'POST' && mediaType(request) !== 'application/json') {
    throw new Refusal(415, 'The body must be application/json.');
  }
}

function listDeliveries({ deliveries }: Control, { query, response }: Call): void {
  const { instanceId, limit } = check(deliveriesQuery, {
    instanceId: query.get('instanceId'),
    limit: query.get('limit') ?? 100,
  });
  answer(response, 200, {
    deliveries: deliveries.list(instanceId, limit),
    ...deliveries.counts(),
  });
}

async function startScenario(control: Control, { request, response }: Call): Promise<void> {
  const wanted = check(scenarioRequest, parseJson(await readBody(request, LONGEST_BODY)));
  const id = instanceIdOf(control, wanted.instanceId);
  const { name, steps } = control.startScenario(id, wanted.name, wanted.speed);
  answer(response, 200, {
    instanceId: id,
    name,
    steps: steps.length,
    durationMs: steps.at(-1)?.due ?? 0,
  });
}

function listFaults({ faults }: Control, { response }: Call): void {
  answer(response, 200, { faults: faults.list() });
}

async function addFault(control: Control, call: Call): Promise<void> {
  const body = parseJson(await readBody(call.request, LONGEST_BODY));
  control.faults.add(check(faultRequest, body));
  listFaults(control, call);
}

function tellSwitches({ switches }: Control, { response }: Call): void {
  answer(response, 200, { switches: switches() });
}

async function setSwitches(control: Control, call: Call): Promise<void> {
  const body = parseJson(await readBody(call.request, LONGEST_BODY));
  control.setSwitches(checkSwitches(Object.entries(check(switchesRequest, body))));
  tellSwitches(control, call);
}
