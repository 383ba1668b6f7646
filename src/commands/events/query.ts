/** The filters of `events`: from options of the command line to a query of history. */

import * as z from 'zod';
import { CATALOGUE, parseEventNames, splitList } from '../../eazewa/events.ts';
import { CliError } from '../../errors.ts';
import type { EventQuery, History } from '../../history/history.ts';
import { parseDuration } from '../../platform/duration.ts';
import { globalOptions } from '../shared/deps.ts';

/** The options that select events. `--search` has a part for each typed word. */
export const eventFilters = globalOptions.extend({
  failed: z.boolean().default(false),
  waiting: z.boolean().default(false),
  events: z.array(z.string()).optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  search: z
    .array(z.string())
    .transform((words) => words.join(' '))
    .optional(),
  limit: z.coerce.number().int().min(1).optional(),
});

/** The query of the options. `now` is in ms since 1970. Throws `not_a_time` (usage). */
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

/**
 * The query with the names of its events: those of the catalogue, and others that history holds.
 * Throws `unknown_event` (usage), with the nearest names.
 */
export function withKnownEvents(query: EventQuery, history: Pick<History, 'list'>): EventQuery {
  if (query.events === undefined) return query;
  const isStored = (name: string) => history.list({ events: [name], limit: 1 }).length > 0;
  const events = query.events.flatMap((name) =>
    CATALOGUE.has(name) || !isStored(name) ? parseEventNames([name]) : [name],
  );
  return { ...query, events };
}

/** Parses a duration ago (`2h`) or an ISO 8601 time; returns ms since 1970. */
function parseTime(typed: string, now: number, option: string): number {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(typed)) return now - parseDuration(typed);
  const at = /^\d{4}-\d{2}-\d{2}/.test(typed) ? Date.parse(typed) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CliError('usage', 'not_a_time', `${option}: ${typed.slice(0, 40)} is not a time`, {
    hint: 'Write a duration ago (30m, 2h, 7d), a date (2026-11-23) or a time (2026-11-23T09:05:00Z).',
  });
}
