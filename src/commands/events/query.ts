/** The filters of `events`, from the words of the command line to a query of history. */

import * as z from 'zod';
import { splitList } from '../../eazewa/events.ts';
import { CliError } from '../../errors.ts';
import type { EventQuery } from '../../history/history.ts';
import { parseDuration } from '../../platform/duration.ts';
import { globalOptions } from '../shared/deps.ts';

/** The options that choose events. Names need not be in the catalogue: history may hold others. */
export const eventFilters = globalOptions.extend({
  failed: z.boolean().default(false),
  waiting: z.boolean().default(false),
  events: z.array(z.string()).optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  search: z.string().optional(),
  limit: z.coerce.number().int().min(1).optional(),
});

/** The query that the options say. `now` is in ms since 1970. */
export function eventQuery(options: z.infer<typeof eventFilters>, now: number): EventQuery {
  const { events, since, until, search, limit } = options;
  return {
    failed: options.failed,
    waiting: options.waiting,
    ...(events === undefined ? {} : { events: splitList(events) }),
    ...(since === undefined ? {} : { since: parseTime(since, now, '--since') }),
    ...(until === undefined ? {} : { until: parseTime(until, now, '--until') }),
    ...(search === undefined ? {} : { search }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** A time as a duration ago (`2h`) or in ISO 8601, in ms since 1970. */
function parseTime(typed: string, now: number, option: string): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(typed)) return now - parseDuration(typed);
  const at = /^\d{4}-\d{2}-\d{2}/.test(typed) ? Date.parse(typed) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CliError('usage', 'not_a_time', `${option}: ${typed.slice(0, 40)} is not a time`, {
    hint: 'Write how long ago (30m, 2h, 7d), or 2026-11-23 or 2026-11-23T09:05:00Z.',
  });
}
