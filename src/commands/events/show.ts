/** `events show`: prints an event as a page, as JSON, as its body, or as a curl command. */

import * as z from 'zod';
import { curlOf } from '../../delivery/curl.ts';
import { readable } from '../../eazewa/content-encoding.ts';
import { attemptEntryOf, fullEventEntryOf, outcomesIn } from '../../history/entries.ts';
import { bodyDropped, findEvent } from '../../history/find.ts';
import type { StoredEvent } from '../../history/history.ts';
import type { Io, Output } from '../../platform/io.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { writeDrained } from '../../platform/terminal.ts';
import { styleFor } from '../../views/style.ts';
import { openChosenHistory } from '../shared/chosen-history.ts';
import { asTyped, type Deps, globalOptions, parseOptions } from '../shared/deps.ts';
import { forwardWindowIn } from '../shared/forward-window.ts';
import { eventPage, type ScreenSize } from './page.ts';

const schema = globalOptions.extend({
  id: z.string(),
  full: z.boolean().default(false),
  raw: z.boolean().default(false),
  curl: z.boolean().default(false),
  printSecret: z.boolean().default(false),
});

/** Shows one event. Returns 0. Throws `no_such_event`, `ambiguous_id` for a prefix of several ids, and `body_dropped`. */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { folder, history } = await openChosenHistory(options, io);
  try {
    const event = findEvent(history, options.id);
    const attempts = history.attempts(event.seq);
    const window = await forwardWindowIn(folder, history, io.now());
    const targets = outcomesIn(history, event, window);
    if (options.raw && event.bodyDropped) throw bodyDropped(event.id);
    if (options.raw) await writeRaw(io, event);
    else if (options.curl) {
      const curl = (printSecret: boolean) => curlOf(event, history, { added: [], printSecret });
      const shown = curl(options.printSecret);
      if (shown !== curl(true)) {
        io.stderr.write('! Secrets are shown as ***. To print them, add: --print-secret\n');
      }
      await writeDrained(io.stdout, shown);
    } else if (options.json) {
      const entries = [
        fullEventEntryOf(event, targets, 'full'),
        ...attempts.map((it) => attemptEntryOf(event.id, it)),
      ];
      await writeDrained(io.stdout, entries.map((entry) => `${jsonLine(entry)}\n`).join(''));
    } else {
      const page = eventPage(
        { event, attempts, targets },
        {
          style: styleFor(io, io.stdout, options.color),
          full: options.full,
          screen: options.full ? null : screenOf(io.stdout),
          whenCut: `All of it, with headers: eazewa-hooks events show ${event.id}${asTyped(options)} --full`,
        },
      );
      await writeDrained(io.stdout, page);
    }
  } finally {
    history.close();
  }
  return 0;
}

/** The size of a terminal; null for a file, a pipe or a terminal without a size. */
function screenOf({ isTTY, columns = 0, rows = 0 }: Output): ScreenSize | null {
  return isTTY === true && columns > 0 && rows > 0 ? { columns, rows } : null;
}

/** Writes the exact bytes; on a terminal, where control characters could do harm, only safe text. */
async function writeRaw(io: Io, { headers, body }: StoredEvent): Promise<void> {
  if (io.stdout.isTTY) {
    const lines = Buffer.from(readable(headers, body)).toString().split('\n');
    return writeDrained(io.stdout, lines.map((line) => `${safeText(line)}\n`).join(''));
  }
  return writeDrained(io.stdout, body);
}
