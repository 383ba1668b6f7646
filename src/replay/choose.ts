/** Makes items of what a person typed after `replay`: fixtures, files, standard input, events and scenarios. */

import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { LARGEST_BODY } from '../eazewa/request.ts';
import { CliError } from '../errors.ts';
import { fixtureFolders } from '../fixtures/folders.ts';
import { valueAt } from '../fixtures/json-edit.ts';
import { fixtureBytes, readBody } from '../fixtures/load.ts';
import { setPath } from '../fixtures/override.ts';
import { prepareScenario } from '../fixtures/scenario.ts';
import { safeText } from '../platform/safe-text.ts';
import type { ReplayItem } from './item.ts';

/** What was typed. */
export interface Typed extends Pick<ReplayItem, 'set' | 'remove' | 'fresh'> {
  readonly what: readonly string[];
  /** Divides the waits of scenarios. */
  readonly speed: number;
}

/** Where it was typed. */
export interface TypedIn {
  /** The working directory, absolute. */
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** The instance that fixtures and scenarios get; null leaves theirs as it is. */
  readonly instanceId: string | null;
}

const SCENARIO = 'scenario:';

/** Whether it names an event of history: `last`, or an id or the beginning of one. */
export function namesEvent(what: string): boolean {
  return what === 'last' || what.startsWith('evt_');
}

/** Whether it names a scenario. */
export function namesScenario(what: string): boolean {
  return what.startsWith(SCENARIO);
}

/**
 * Makes items of what was typed, in its order; a scenario starts when the item before it was due.
 * Throws `no_such_fixture` with the nearest names, `bad_fixture` with the place in the file,
 * `no_such_file`, `file_not_read`, `body_too_large` and `stdin_twice`.
 */
export async function chooseItems(typed: Typed, place: TypedIn): Promise<ReplayItem[]> {
  if (typed.what.filter((what) => what === '-').length > 1) throw stdinTwice();
  const items: ReplayItem[] = [];
  for (const what of typed.what) {
    const { set, remove, fresh } = typed;
    const from = items.at(-1)?.due ?? 0;
    if (namesScenario(what)) {
      // Always fresh: played twice, a conversation must not look like duplicates of the vendor's.
      for (const { due, body } of scenario(what.slice(SCENARIO.length), typed.speed, place)) {
        items.push({ source: body, due: from + due, set, remove, fresh: true });
      }
    } else items.push({ source: await sourceOf(what, place), due: from, set, remove, fresh });
  }
  return items;
}

async function sourceOf(what: string, place: TypedIn): Promise<ReplayItem['source']> {
  if (namesEvent(what)) return { event: what };
  if (what === '-') return exact(await readAll(place.stdin, 'standard input'), 'standard input');
  if (/[/\\]|\.json$/.test(what)) return exact(await readFile(what, place.cwd), what);
  return asVendor(fixtureBytes(what, fixtureFolders(place.cwd)), place);
}

function scenario(name: string, speed: number, place: TypedIn) {
  const { steps } = prepareScenario(name, speed, fixtureFolders(place.cwd));
  return steps.map(({ due, body }) => ({ due, body: asVendor(body, place) }));
}

/** The bytes as they are. Throws when they are no webhook body. */
function exact(bytes: Buffer, file: string): { body: string } {
  readBody(bytes, file);
  return { body: bytes.toString('base64') };
}

/** A body as the vendor would send it for this instance. */
export function asVendor(
  body: Buffer,
  { instanceId }: Pick<TypedIn, 'instanceId'>,
): { body: string } {
  const hasId = valueAt(body, ['instanceId']) !== null;
  const own =
    instanceId !== null && hasId ? setPath(body, 'instanceId', JSON.stringify(instanceId)) : body;
  return { body: own.toString('base64') };
}

async function readFile(typed: string, cwd: string): Promise<Buffer> {
  try {
    // As a stream: the file may be a pipe, which has no size.
    return await readAll(createReadStream(resolve(cwd, typed)), typed);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const shown = safeText(typed, 200);
    if (code === 'ENOENT') {
      throw new CliError('notFound', 'no_such_file', `There is no file ${shown}`, {
        hint: 'A fixture is named without .json and without a path, such as message.chat.',
      });
    }
    throw new CliError('usage', 'file_not_read', `${shown} cannot be read (${code})`, { cause });
  }
}

async function readAll(stream: AsyncIterable<Uint8Array>, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > LARGEST_BODY) {
      const message = `${safeText(name, 200)} holds more than 64 MiB`;
      throw new CliError('usage', 'body_too_large', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function stdinTwice(): CliError {
  return new CliError('usage', 'stdin_twice', 'Standard input can be read only once');
}
