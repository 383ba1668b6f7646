/** The simulator's own control, under `/_simulator`: emit an event, run a scenario, see the deliveries. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { createFreshener, type FreshSource } from '../fixtures/fresh.ts';
import { loadFixture, type WebhookBody } from '../fixtures/load.ts';
import { setPath } from '../fixtures/override.ts';
import type { PreparedScenario } from '../fixtures/scenario.ts';
import { isLoopback } from '../platform/loopback.ts';
import { type Emitter, emitRepeatedly } from './emit.ts';
import {
  answer,
  invalid,
  mediaType,
  methodNotAllowed,
  parseJson,
  parseUrl,
  Refusal,
  readBody,
} from './http.ts';

/** What the control works on. */
export interface Control extends Emitter, FreshSource {
  /** Aborts when the simulator closes. */
  readonly signal: AbortSignal;
  /** Starts a scenario on an instance, in place of one that runs there. */
  startScenario(instanceId: string, name: string, speed: number): PreparedScenario;
}

// A body with media may be emitted too; the receiver takes 64 MiB.
const LONGEST_BODY = 96 * 1024 * 1024;

const emitRequest = z
  .strictObject({
    instanceId: z.coerce.string().optional(),
    fixture: z.string().optional(),
    body: z.looseObject({ event: z.string().min(1) }).optional(),
    set: z.record(z.string(), z.unknown()).default({}),
    fresh: z.boolean().optional(),
    count: z.int().min(1).max(1_000_000).default(1),
    rate: z.number().positive().max(100_000).optional(),
  })
  .refine(({ fixture, body }) => (fixture === undefined) !== (body === undefined), {
    message: 'Give either a fixture or a body.',
    path: ['fixture'],
  });

const scenarioRequest = z.strictObject({
  name: z.string(),
  speed: z.number().positive().max(1000).default(1),
  instanceId: z.coerce.string().optional(),
});

const deliveriesQuery = z.object({
  instanceId: z.string().nullable(),
  limit: z.coerce.number().int().min(1).max(10_000),
});

/**
 * Throws a refusal for a request that a web page may have caused: one with an Origin, one whose
 * Host is not this machine, or a POST that is not JSON. Nothing here ever allows another origin.
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

/** Answers a request to a path below `/_simulator`. Who asks, and from where, was checked. */
export async function handleControl(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  path: string,
): Promise<void> {
  switch (path) {
    case '/deliveries':
      if (request.method !== 'GET') throw methodNotAllowed('GET');
      return listDeliveries(control, response, url.searchParams);
    case '/emit':
      if (request.method !== 'POST') throw methodNotAllowed('POST');
      return emit(control, request, response);
    case '/scenario':
      if (request.method !== 'POST') throw methodNotAllowed('POST');
      return startScenario(control, request, response);
    default:
      throw new Refusal(404, 'Not found.');
  }
}

function listDeliveries(
  { deliveries }: Control,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const { instanceId, limit } = check(deliveriesQuery, {
    instanceId: query.get('instanceId'),
    limit: query.get('limit') ?? 100,
  });
  answer(response, 200, {
    deliveries: deliveries.list(instanceId, limit),
    ...deliveries.counts(),
  });
}

async function emit(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wanted = check(emitRequest, parseJson(await readBody(request, LONGEST_BODY)));
  const id = instanceIdOf(control, wanted.instanceId);
  const { fixture, count, rate = null } = wanted;
  const body =
    fixture === undefined
      ? (wanted.body as WebhookBody)
      : { ...loadFixture(fixture), instanceId: id };
  const template = override(body, wanted.set);
  const fresh = wanted.fresh ?? (fixture !== undefined || count > 1);
  // A freshener for each: repeated events are different events. What was set by hand stays as set.
  const next = () => (fresh ? override(createFreshener(control)(body), wanted.set) : template);

  // The answer comes after the last event; whoever stops waiting for it stops the events.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([control.signal, gone.signal]);
  answer(response, 200, await emitRepeatedly(control, id, next, { count, rate, signal }));
}

function override(body: WebhookBody, set: Readonly<Record<string, unknown>>): WebhookBody {
  return Object.entries(set).reduce((sofar, [path, value]) => setPath(sofar, path, value), body);
}

async function startScenario(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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

/** The instance that is meant: the first one, unless one is named. */
function instanceIdOf({ instances }: Control, named: string | undefined): string {
  const [first = ''] = instances.keys();
  const id = named ?? first;
  if (!instances.has(id)) throw new Refusal(404, `There is no instance ${JSON.stringify(id)}.`);
  return id;
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors: Record<string, string[]> = {};
  for (const { path, message } of parsed.error.issues) {
    const field = path.join('.') || 'body';
    errors[field] = [...(errors[field] ?? []), message];
  }
  throw invalid(errors);
}
