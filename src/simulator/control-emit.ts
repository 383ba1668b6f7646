/** `POST /_simulator/emit`: emits a fixture or a body on an instance, once or repeatedly. */

import * as z from 'zod';
import { LARGEST_BODY } from '../eazewa/request.ts';
import { createFreshener, type FreshSource } from '../fixtures/fresh.ts';
import { valueAt } from '../fixtures/json-edit.ts';
import { loadFixture } from '../fixtures/load.ts';
import { override } from '../fixtures/override.ts';
import { bytesOf, type Emitter, emitOnce, emitRepeatedly } from './emit.ts';
import { answer, check, parseJson, Refusal, readBody } from './http.ts';
import type { Call } from './routes.ts';
import { dressed, type Switches } from './switches.ts';

/** The state behind this request. */
export interface EmitControl extends Emitter, FreshSource {
  /** Aborts when the simulator closes. */
  readonly signal: AbortSignal;
  switches(): Switches;
}

// Room for the largest body, as base64 or escaped, inside a request.
const LONGEST_BODY = 1.5 * LARGEST_BODY;
const MOST_OVERRIDES = 1000;

const emitRequest = z
  .strictObject({
    instanceId: z.union([z.string(), z.number()]).transform(String).optional(),
    fixture: z.string().max(200).optional(),
    body: z.looseObject({ event: z.string().min(1) }).optional(),
    set: z
      .record(z.string().max(500), z.unknown())
      .refine((set) => Object.keys(set).length <= MOST_OVERRIDES, 'Too many overrides.')
      .default({}),
    fresh: z.boolean().optional(),
    count: z.int().min(1).max(1_000_000).default(1),
    rate: z.number().positive().max(100_000).optional(),
  })
  .refine(({ fixture, body }) => (fixture === undefined) !== (body === undefined), {
    message: 'Give either a fixture or a body.',
    path: ['fixture'],
  });

/**
 * Answers when everything was emitted, or stops when the client disconnects. Switches change only
 * fixtures: a given body is sent as it is written, and overrides win. The answer names the paths that
 * changed as well (`alsoChanged`).
 */
export async function emit(control: EmitControl, { request, response }: Call): Promise<void> {
  const asked = await readBody(request, LONGEST_BODY);
  const wanted = check(emitRequest, parseJson(asked));
  const id = instanceIdOf(control, wanted.instanceId);
  const { fixture, count, rate = null } = wanted;
  // Values are taken as they are written in the request: a parsed number may be another one.
  const written = (...path: string[]) => valueAt(asked, path) ?? Buffer.alloc(0);
  const body =
    fixture === undefined
      ? written('body')
      : bytesOf(dressed(loadFixture(fixture), id, control.switches()));
  const set = Object.keys(wanted.set).map((path) => [path, String(written('set', path))] as const);
  const dress = (one: Buffer) => override(one, { set, remove: [] });
  const template = dress(body);
  const fresh = wanted.fresh ?? (fixture !== undefined || count > 1);
  // One freshener each: repeated events are different events.
  const next = () => (fresh ? dress(createFreshener(control)(body)).body : template.body);

  // A client that disconnects does not want the rest.
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([control.signal, gone.signal]);
  const done =
    count === 1
      ? emitOnce(control, id, next())
      : await emitRepeatedly(control, id, next, { count, rate, signal });
  const { alsoChanged } = template;
  answer(response, 200, alsoChanged.length === 0 ? done : { ...done, alsoChanged });
}

/** The named instance, else the first one. Throws a refusal (404) when there is none. */
export function instanceIdOf({ instances }: Emitter, named: string | undefined): string {
  const [first] = instances.keys();
  const id = named ?? first;
  if (id === undefined) throw new Refusal(404, 'There is no instance.');
  if (!instances.has(id)) {
    throw new Refusal(404, `There is no instance ${JSON.stringify(id.slice(0, 100))}.`);
  }
  return id;
}
