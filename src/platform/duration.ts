/** Parses and formats durations: `500ms`, `3s`, `5m`, `24h`, `7d`. */

import { CliError } from '../errors.ts';
import { safeText } from './safe-text.ts';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Parses `3s`, `1.5h`, `7d` … to whole milliseconds. Throws `invalid_duration` (usage). */
export function parseDuration(typed: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(typed.trim()) ?? [];
  const ms = Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN));
  if (Number.isSafeInteger(ms)) return ms;
  throw new CliError('usage', 'invalid_duration', `${safeText(typed, 40)} is not a duration`, {
    hint: 'Write a number and a unit: 500ms, 3s, 5m, 24h or 7d.',
  });
}

/** Formats milliseconds in at most two units, rounded down: `45ms`, `1.5s`, `2m 5s`, `7d`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.floor(ms)}ms`;
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10}s`;
  let rest = ms;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    rest -= count * size;
    // Only the unit right below the first one may follow.
    if (parts.length > 0) return count > 0 ? `${parts[0]} ${count}${unit}` : String(parts[0]);
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ');
}
