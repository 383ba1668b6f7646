/** The file that says which instance a folder of state is for, so that people can choose it by its id and name. */

import { join } from 'node:path';
import * as z from 'zod';
import { shownText } from '../feed/shown-text.ts';
import { readIfThere, writeDurably } from '../platform/durable-file.ts';

const shape = z.object({
  v: z.literal(1),
  apiUrl: shownText,
  instanceId: shownText,
  /** Its name at the vendor when a listener last held it; null where it has none or none is known. */
  name: shownText.nullable(),
});

/** An instance by its names: those that commands take, and that of people. */
export type InstanceNames = Omit<z.infer<typeof shape>, 'v'>;

/** Largest file, in bytes. */
const LONGEST = 16 * 1024;

function instancePath(folder: string): string {
  return join(folder, 'instance.json');
}

/** The instance of a folder; null where no file that can be read says so. */
export async function readInstanceNames(folder: string): Promise<InstanceNames | null> {
  try {
    const text = await readIfThere(instancePath(folder), LONGEST);
    return text === null ? null : shape.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Writes the file where it says something else. A name that is not known leaves the known one. Throws state errors. */
export async function writeInstanceNames(folder: string, names: InstanceNames): Promise<void> {
  const had = await readInstanceNames(folder);
  const { apiUrl, instanceId } = names;
  const name = names.name ?? had?.name ?? null;
  if (had !== null && had.name === name && had.apiUrl === apiUrl) return;
  const file = { v: 1, apiUrl, instanceId, name };
  await writeDurably(instancePath(folder), `${JSON.stringify(file, null, 2)}\n`);
}
