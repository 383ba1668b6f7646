/** `events list`: prints the received events, one per line, newest last. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ChalkInstance } from 'chalk';
import * as z from 'zod';
import { CliError } from '../../errors.ts';
import { fullEventEntryOf, outcomesIn } from '../../history/entries.ts';
import type { EventHead, EventQuery, History } from '../../history/history.ts';
import type { ForwardWindow } from '../../history/outcome.ts';
import { localTime } from '../../platform/local-time.ts';
import { jsonLine, safeText } from '../../platform/safe-text.ts';
import { writeDrained } from '../../platform/terminal.ts';
import { styleFor } from '../../views/style.ts';
import { openChosenHistory } from '../shared/chosen-history.ts';
import { type Deps, parseOptions } from '../shared/deps.ts';
import { forwardWindowIn } from '../shared/forward-window.ts';
import { createSalvage } from '../shared/salvage.ts';
import { outcomeSign } from './outcome-sign.ts';
import { eventFilters, eventQuery, withKnownEvents } from './query.ts';

const schema = eventFilters.extend({ follow: z.boolean().default(false) });

const NEWEST = 50;
const PAGE = 500;
const FOLLOW_EVERY_MS = 250;

/** Lists events; with `--follow` prints new ones until it is stopped. Returns 0. */
export async function run(raw: unknown, deps: Deps): Promise<number> {
  const options = parseOptions(schema, raw);
  const { io } = deps;
  if (options.follow && (options.failed || options.waiting)) throw followHasNoOutcome();
  const typed = eventQuery(options, io.now());
  const { folder, history } = await openChosenHistory(options, io);
  try {
    const query = withKnownEvents(typed, history);
    const style = styleFor(io, io.stdout, options.color);
    const salvage = createSalvage();
    const print = async (seqs: readonly number[]) => {
      const window = await forwardWindowIn(folder, history, io.now());
      for (const seq of seqs) {
        const line = salvage.attempt(
          () =>
            options.json ? jsonEntry(seq, history, window) : eventLine(seq, history, window, style),
          null,
        );
        if (line !== null) await writeDrained(io.stdout, `${line}\n`);
      }
    };
    let last = history.lastSeq();
    const found = history
      .list({ limit: NEWEST, ...query })
      .filter((seq) => seq <= last)
      .reverse();
    if (found.length === 0 && !options.follow && !options.quiet) {
      io.stderr.write('No event matches.\n');
    }
    await print(found);
    salvage.end();
    if (options.follow) {
      const { stop } = deps.signals();
      while (!stop.aborted) {
        last = await follow(history, query, last, print);
        await sleep(FOLLOW_EVERY_MS, undefined, { signal: stop }).catch(() => {});
      }
    }
  } finally {
    history.close();
  }
  return 0;
}

/** Prints the events that came in after `last`; resolves with the sequence number to go on from. */
async function follow(
  history: History,
  query: EventQuery,
  last: number,
  print: (seqs: readonly number[]) => Promise<void>,
): Promise<number> {
  const upTo = history.lastSeq();
  if (upTo === last) return last;
  const seqs = history.list({ ...query, after: last, limit: PAGE }).filter((seq) => seq <= upTo);
  await print(seqs);
  return seqs.length === PAGE ? (seqs.at(-1) ?? upTo) : upTo;
}

/** `--follow` prints an event when it comes in, before its outcome is known. */
function followHasNoOutcome(): CliError {
  return new CliError('usage', 'bad_option', '--follow cannot be used with --failed or --waiting', {
    hint: 'Leave out --follow, or follow the attempts with: eazewa-hooks listen --json',
  });
}

function jsonEntry(seq: number, history: History, window: ForwardWindow | null): string | null {
  const event = history.event(seq);
  if (event === null) return null;
  return jsonLine(fullEventEntryOf(event, outcomesIn(history, event, window), 'elided'));
}

function eventLine(
  seq: number,
  history: History,
  window: ForwardWindow | null,
  style: ChalkInstance,
): string | null {
  const event = history.head(seq);
  if (event === null) return null;
  const at = style.dim(localTime(new Date(event.at).toISOString()));
  const id = style.dim(event.id);
  const name = style.cyan(safeText(event.event, 40));
  const targets = outcomesIn(history, event, window);
  const sign = outcomeSign(targets, history.lastAttempts(event.seq), style);
  const signature = signatureNote(event, style);
  return `${at}  ${id}  ${sign} ${name} ${event.summary}${signature}`.trimEnd();
}

function signatureNote({ signature }: EventHead, style: ChalkInstance): string {
  if (signature === undefined) return '';
  return signature === 'wrongly-signed'
    ? style.yellow(' (wrongly signed)')
    : style.dim(` (${signature})`);
}
