/** `fixtures show`: the body of a fixture; where stdout is no terminal, the exact bytes of its file. */

import * as z from 'zod';
import { elide } from '../eazewa/json.ts';
import { describeFixture } from '../fixtures/about.ts';
import { fixtureFolders } from '../fixtures/folders.ts';
import { readBounded } from '../fixtures/json-file.ts';
import { readBody } from '../fixtures/load.ts';
import { jsonLine, safeText } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import { type Deps, globalOptions, parseOptions } from './deps.ts';

const schema = globalOptions.extend({ name: z.string() });

/** Shows one fixture. Returns 0; throws `no_such_fixture` with the nearest names, or `bad_fixture`. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const { name, json } = parseOptions(schema, raw);
  const { description, source, confidence, file } = describeFixture(name, fixtureFolders(io.cwd));
  const bytes = readBounded(file) ?? new Uint8Array();
  const body = readBody(bytes, file);
  if (json) {
    const shown = { name, description, source, confidence, file, body };
    await writeDrained(io.stdout, `${jsonLine(shown)}\n`);
  } else if (io.stdout.isTTY === true) {
    const lines = (JSON.stringify(elide(body), null, 2) ?? '').split('\n');
    await writeDrained(io.stdout, lines.map((line) => `${safeText(line)}\n`).join(''));
  } else await writeDrained(io.stdout, bytes);
  return 0;
}
