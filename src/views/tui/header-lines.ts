/** The header as lines: the instance, the ingress, the targets, and the counts. */

import { wordsFor } from '../../feed/takeover-words.ts';
import { rate } from './entries.ts';
import type { Tier } from './layout.ts';
import { cut, type Line, line, type Span, span, textOf, widthOf } from './line.ts';
import { isEverything, type State, type TargetState } from './state.ts';

/** The header's lines; except in the narrow tier, the last one is a rule. */
export function headerLines(state: State, tier: Tier): Line[] {
  const { columns } = state;
  if (tier === 'narrow') {
    return [
      spread(instance(state), ingress(state, 'short'), columns),
      spread([...counts(state, 'short'), ...health(state)], query(state), columns),
    ];
  }
  return [
    spread(instance(state), ingress(state, tier === 'wide' ? 'long' : 'medium'), columns),
    line(...withTee(targets(state, columns), state)),
    spread(counts(state, 'long'), query(state), columns),
    line(span('─'.repeat(columns), 'dim')),
  ];
}

/** Below this many columns, a right part that does not fit is left out. */
const NARROW = 40;

/** A left and a right part in one line; where both do not fit, the left one is cut. */
function spread(left: readonly Span[], optional: readonly Span[], columns: number): Line {
  const isTight = widthOf(textOf(line(...left, ...optional))) >= columns && columns < NARROW;
  const right = isTight ? [] : optional;
  const rightWidth = widthOf(textOf(line(...right)));
  const room = columns - rightWidth - (rightWidth > 0 ? 1 : 0);
  let used = 0;
  const kept: Span[] = [];
  for (const { text, look } of left) {
    const shown = cut(text, room - used);
    used += widthOf(shown);
    if (shown !== '') kept.push({ text: shown, look });
    if (shown !== text) break;
  }
  return line(...kept, span(' '.repeat(Math.max(0, columns - used - rightWidth))), ...right);
}

function instance({ ready, client, isStopping, elsewhere, subscribed }: State): Span[] {
  const of = `instance ${ready.instanceId}`;
  if (isStopping) {
    const { undoing, thing } = wordsFor(ready);
    return [span(of, 'title'), span(`  ${undoing} the ${thing} …`, 'warning')];
  }
  if (elsewhere !== null) return [span(of, 'title'), span(`  its webhook is ${elsewhere}`, 'bad')];
  const look = client === 'ready' || client === 'authenticated' ? 'good' : 'warning';
  return [
    span(of, 'title'),
    ...(client === null ? [] : [span(` ${client}`, look)]),
    span(
      `  ${ready.sideBySide ? 'side by side for' : 'subscribed to'} ${subscribed.length}`,
      'dim',
    ),
  ];
}

function ingress(
  { tunnel, ready, provenAt, now, isStopping }: State,
  how: 'short' | 'medium' | 'long',
): Span[] {
  const url = tunnel?.url ?? ready.publicUrl;
  // While stopping, the left part needs the room.
  if (isStopping) return [];
  if (tunnel?.state === 'down') {
    return [span(how === 'short' ? '✗ tunnel' : `✗ ${url} is down`, 'bad')];
  }
  const ago = `proven ${age(now - Date.parse(provenAt))} ago`;
  if (how === 'short') return [span('● ', 'good'), span(ago, 'dim')];
  const local = ready.localUrl.replace(/^http:\/\//, '');
  const leads = how === 'long' && url !== ready.localUrl ? ` → ${local}` : '';
  return [span('● ', 'good'), span(`${url}${leads}`), span(`  ${ago}`, 'dim')];
}

/** `12 s`, `3 min`, `2 h`. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

function targets({ targets: all, ready }: State, columns: number): Span[] {
  const urls = ready.targets.map(({ url }) => url);
  if (urls.length === 0) return [span('no target: events are stored and shown', 'dim')];
  const spans: Span[] = [];
  let used = 0;
  for (const [i, url] of urls.entries()) {
    const some = target(url, all[url]);
    const wide = widthOf(textOf(line(...some)));
    if (i > 0 && used + wide + 10 > columns) {
      spans.push(span(`  and ${urls.length - i} more`, 'dim'));
      break;
    }
    spans.push(...(i > 0 ? [span('  ')] : []), ...some);
    used += wide + 2;
  }
  return spans;
}

/** Adds the webhook of `--tee` where there is room for it. */
function withTee(spans: readonly Span[], { ready, columns }: State): readonly Span[] {
  if (ready.tee === undefined) return spans;
  const all = [...spans, span(`  tee → ${ready.tee}`, 'dim')];
  return widthOf(textOf(line(...all))) <= columns ? all : spans;
}

function target(
  url: string,
  state: TargetState = { isUp: true, lastDelivered: null, durations: [] },
): Span[] {
  const { isUp, lastDelivered, durations } = state;
  const sign = !isUp
    ? span('✗ ', 'bad')
    : lastDelivered === null
      ? span('→ ')
      : lastDelivered
        ? span('✓ ', 'good')
        : span('! ', 'warning');
  if (durations.length === 0) return [sign, span(url)];
  const [p50, p95] = [quantile(durations, 0.5), quantile(durations, 0.95)];
  return [sign, span(url), span(`  p50 ${p50} ms  p95 ${p95} ms`, 'dim')];
}

/** The quantile `part` (0 to 1) of durations, in whole ms; 0 without any. */
export function quantile(durations: readonly number[], part: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0);
}

const NUMBER = new Intl.NumberFormat('en');

function counts(state: State, how: 'short' | 'long'): Span[] {
  const { received, forwarding, ready } = state;
  const { isPaused, waiting } = forwarding;
  const often = rate(state);
  const speed = `${often >= 10 ? NUMBER.format(Math.round(often)) : often.toFixed(1)}/s`;
  const all = NUMBER.format(received);
  const waits = `${NUMBER.format(waiting)} waiting`;
  return [
    span(how === 'short' ? all : `${all} received`),
    span(` · ${speed}`, 'dim'),
    ...(ready.targets.length > 0
      ? [span(' · ', 'dim'), span(waits, waiting > 0 ? 'warning' : 'dim')]
      : []),
    ...(isPaused ? [span('  ⏸ paused', 'warning')] : []),
  ];
}

function health({ targets: all }: State): Span[] {
  const down = Object.values(all).filter(({ isUp }) => !isUp).length;
  return down > 0 ? [span('  ✗ app', 'bad')] : [];
}

function query({ list }: State): Span[] {
  const { search, only, events } = list.query;
  if (isEverything(list.query)) return [];
  const parts = [
    only !== 'all' && only,
    events.length > 0 && (events.length > 2 ? `${events.length} events` : events.join(', ')),
    search !== '' && `“${search}”`,
  ].filter((part) => part !== false);
  const found = list.loading === 'newest' && list.rows.length === 0 ? ' …' : '';
  return [span(`only ${parts.join(', ')}${found}`, 'name')];
}
