/** A target of the header: up or down, with the reason for as long as it lasts. */

import { durationText } from './duration-text.ts';
import { type Piece, piece, wrong } from './header-pieces.ts';
import { cut, span } from './line.ts';
import type { TargetState } from './state.ts';

/** The badge of a target among all `urls`. */
export function badgeOf(url: string, urls: readonly string[], state?: TargetState): Piece {
  const { long, short } = labelsOf(url, urls);
  const last = state?.last ?? null;
  if (state?.isUp === false || last?.status === null) {
    const reason = reasonOf(state?.reason ?? last?.error ?? 'no answer');
    const brief = cut(reason.replace(/^connection /, ''), 20);
    const [sign, isDown, look] =
      state?.isUp === false ? (['✗', 'DOWN ', 'bad'] as const) : (['!', '', 'warning'] as const);
    return wrong(
      [span(`${sign} ${long}  ${isDown}${reason}`, look)],
      [span(`${sign} ${short} ${brief}`, look)],
    );
  }
  if (state === undefined || last === null) {
    return piece([28, 65], [span(`→ ${long}`, 'dim')], [span(`→ ${short}`, 'dim')], []);
  }
  // A 404 of an app that takes other events means that its handler does not handle this one.
  const isFine = last.outcome === 'delivered' || (last.status === 404 && state.hasDelivered);
  if (!isFine) {
    const advice = last.status === 404 ? ' for every event: check the path' : '';
    return wrong(
      [span(`! ${long}  UP ${last.status}${advice}`, 'warning')],
      [span(`! ${short} ${last.status}${advice && ': check the path'}`, 'warning')],
      [span(`! ${short} ${last.status}`, 'warning')],
    );
  }
  const ms = durationText(quantile(state.durations, 0.5));
  const sign = span('✓ ', 'good');
  return piece(
    [28, 40, 65],
    [sign, span(long), span('  UP ', 'good'), span(ms, 'dim')],
    [sign, span(`${short} `), span(ms, 'dim')],
    [sign, span(short)],
    [],
  );
}

/** The sentence about a failure up to what to check. */
function reasonOf(error: string): string {
  return cut(error.split(/[:.] /)[0] ?? error, 60);
}

/** The name of a target: host and port, with the path where two targets have the same host. */
function labelsOf(url: string, urls: readonly string[]): { long: string; short: string } {
  const { host, port, hostname, path } = partsOf(url);
  const isShared = urls.filter((other) => partsOf(other).host === host).length > 1;
  const tail = isShared ? path : '';
  const isLocal = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  return {
    long: cut(host + tail, 40),
    short: cut((isLocal && port !== '' ? `:${port}` : host) + tail, 20),
  };
}

function partsOf(url: string) {
  if (!URL.canParse(url)) return { host: url, hostname: url, port: '', path: '' };
  const { host, hostname, port, pathname } = new URL(url);
  return { host, hostname, port, path: pathname === '/' ? '' : pathname };
}

/** The quantile `part` (0 to 1) of durations, in whole ms; 0 without any. */
export function quantile(durations: readonly number[], part: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);
}
