/** `events export`: prints events, and their attempts, as feed entries, oldest first. */

import * as z from 'zod';
import { attemptEntryOf, fullEventEntryOf, outcomesIn } from '../../history/entries.ts';
import type { EventQuery, History, StoredEvent } from '../../history/history.ts';
import type { ForwardWindow } from '../../history/outcome.ts';
import { jsonLine } from '../../platform/safe-text.ts';
import { writeDrained } from '../../platform/terminal.ts';
import { openChosenHistory } from '../shared/chosen-history.ts';
import { type Deps, parseOptions } from '../shared/deps.ts';
import { forwardWindowIn } from '../shared/forward-window.ts';
import { createSalvage } from '../shared/salvage.ts';
import { eventFilters, eventQuery, withKnownEvents } from './query.ts';

const schema = eventFilters.extend({
  attempts: z.boolean().default(false),
  full: z.boolean().default(false),
});

const PAGE = 200;

/**
 * Prints every event that the filters select, all of them without `--limit`. Returns 0. Throws
 * `history_damaged` after it has printed what can be read.
 */
export async function run(raw: unknown, { io }: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { limit = Number.POSITIVE_INFINITY, ...typed } = eventQuery(options, io.now());
  const { folder, history } = await openChosenHistory(options, io);
  try {
    const query = withKnownEvents(typed, history);
    const window = await forwardWindowIn(folder, history, io.now());
    const upTo = history.lastSeq();
    const salvage = createSalvage();
    let after = 0;
    for (let left = limit; left > 0; ) {
      const most = Math.min(PAGE, left);
      const page = salvage.attempt(
        () => history.list({ ...query, after, limit: most }),
        isFiltered(query) ? [] : seqsAfter(after, most),
      );
      for (const seq of page) {
        const lines = salvage.attempt(() => {
          const event = seq > upTo ? null : history.event(seq);
          return event === null ? [] : [...entriesOf(event, history, window, options)];
        }, []);
        await writeDrained(io.stdout, lines.map((entry) => `${jsonLine(entry)}\n`).join(''));
      }
      after = page.at(-1) ?? upTo;
      left -= page.length;
      if (page.length < PAGE || after >= upTo) break;
    }
    salvage.end();
  } finally {
    history.close();
  }
  return 0;
}

function isFiltered({ failed, waiting, events, since, until, search }: EventQuery): boolean {
  const filters = [events, since, until, search];
  return failed === true || waiting === true || filters.some((filter) => filter !== undefined);
}

/** All that a list without filters could have had, where its index is damaged. */
function seqsAfter(after: number, most: number): number[] {
  return Array.from({ length: most }, (_, index) => after + 1 + index);
}

function* entriesOf(
  event: StoredEvent,
  history: History,
  window: ForwardWindow | null,
  options: z.infer<typeof schema>,
): Generator<unknown> {
  const targets = outcomesIn(history, event, window);
  yield fullEventEntryOf(event, targets, options.full ? 'full' : 'elided');
  if (!options.attempts) return;
  for (const attempt of history.attempts(event.seq)) yield attemptEntryOf(event.id, attempt);
}
