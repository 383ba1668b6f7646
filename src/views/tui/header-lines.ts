/** The header: instance, tunnel, targets and counts, shortened to the width so that what is wrong stays. */

import { wordsFor } from '../../feed/takeover-words.ts';
import { whoOf } from './chat-names.ts';
import { rate } from './entries.ts';
import { fitted, NOTHING, type Piece, piece, wrong } from './header-pieces.ts';
import type { Layout } from './layout.ts';
import { cut, type Line, type Look, line, span } from './line.ts';
import { isEverything, type State } from './state.ts';
import { badgeOf } from './target-badge.ts';

/** The header's lines; the last one is a rule. */
export function headerLines(
  state: State,
  { columns, tier }: Pick<Layout, 'columns' | 'tier'>,
): Line[] {
  const rule = line(span('─'.repeat(columns), 'dim'));
  const left = [identity(state), ...problems(state)];
  // While stopping, nothing else matters.
  if (state.isStopping) return [fitted(left, [], columns), rule];
  const targets = badges(state);
  const right = [counts(state), waiting(state), paused(state), query(state)];
  const about = [...left, ingress(state), onlyChat(state), events(state)];
  switch (tier) {
    case 'narrow':
      return [
        narrow(state, [...left, ...targets.filter(({ isWrong }) => isWrong)], right, columns),
        rule,
      ];
    case 'wide':
      return [fitted(about, right, columns), fitted([...targets, tee(state)], [], columns), rule];
    default:
      return [fitted([...about, ...targets, tee(state)], right, columns), rule];
  }
}

/** A narrow header names only what is wrong. */
function narrow(state: State, pieces: Piece[], right: Piece[], columns: number): Line {
  const well = piece([57], [span('all well', 'good')], []);
  const isWell = !pieces.some(({ isWrong }) => isWrong);
  return fitted([...pieces, ...(isWell ? [well] : []), onlyChat(state)], right, columns);
}

const FINE = new Set(['ready', 'authenticated']);
const BROKEN = new Set(['disconnected', 'auth failure']);

function identity({ ready, client, elsewhere }: State): Piece {
  const { instanceId, instanceName } = ready;
  const name = instanceName ?? `instance ${instanceId}`;
  const isBad = elsewhere !== null || (client !== null && BROKEN.has(client));
  const look = isBad ? 'bad' : client === null || FINE.has(client) ? 'good' : 'warning';
  const dot = span('● ', look);
  // The simulator's own name for an instance has its id already.
  const id = name.includes(instanceId) ? [] : [span(` (${instanceId})`, 'dim')];
  return piece(
    [50, 75],
    [dot, span(cut(name, 40), 'title'), ...id],
    [dot, span(cut(name, 24), 'title')],
    [dot, span(cut(name, 12), 'title')],
  );
}

/** What is wrong with instance and ingress, and that the listener is stopping. */
function problems(state: State): Piece[] {
  const { client, elsewhere, isStopping, ready, tunnel } = state;
  if (isStopping) {
    const { undoing, thing } = wordsFor(ready);
    return [wrong([span(`${undoing} the ${thing} …`, 'warning')])];
  }
  const all: Piece[] = [];
  if (elsewhere !== null) {
    const short = [span('✗ webhook elsewhere', 'bad')];
    all.push(wrong([span(`✗ its webhook is ${elsewhere}`, 'bad')], short));
  }
  if (tunnel?.state === 'down') {
    const short = [span('✗ tunnel down', 'bad')];
    const reason = tunnel.reason ?? 'no request arrives';
    all.push(wrong([span(`tunnel ✗ DOWN ${cut(reason, 60)}`, 'bad')], short));
  }
  if (client !== null && !FINE.has(client)) {
    const look: Look = BROKEN.has(client) ? 'bad' : 'warning';
    all.push(wrong([span(`${BROKEN.has(client) ? '✗' : '!'} ${client}`, look)]));
  }
  return all;
}

function ingress({ tunnel, ready }: State): Piece {
  if (tunnel?.state === 'down') return NOTHING;
  const url = tunnel?.url ?? ready.publicUrl;
  const label = url === ready.localUrl ? 'local' : 'tunnel';
  const up = [span(`${label} `), span('● up', 'good')];
  return piece(
    [12, 45, 55],
    [...up, span(`  ${url.replace(/^https?:\/\//, '')}`, 'dim')],
    up,
    [span('● up', 'good')],
    [],
  );
}

/** The events that the instance sends. */
function events({ ready, subscribed }: State): Piece {
  if (ready.sideBySide) {
    const whole = [span(`side by side for ${subscribed.length}`, 'dim')];
    return piece([10, 48], whole, [span('side by side', 'dim')], []);
  }
  const many = [span(`subscribed to ${subscribed.length}`, 'dim')];
  if (subscribed.length > 2) return piece([10], many, []);
  return piece([8, 10], [span(`subscribed to ${subscribed.join(', ')}`, 'dim')], many, []);
}

/** The chat of `--only`: events of others are not forwarded. */
function onlyChat({ ready, names }: State): Piece {
  if (ready.only === null) return NOTHING;
  const { name } = whoOf({ chat: ready.only, name: null, direction: null }, names);
  return piece([70], [span(`--only ${cut(name, 30)}`, 'name')], [span('--only', 'name')]);
}

function badges(state: State): Piece[] {
  const urls = state.ready.targets.map(({ url }) => url);
  if (urls.length === 0) {
    const long = [span('no target: events are stored and shown', 'dim')];
    return [piece([28, 65], long, [span('no target', 'dim')], [])];
  }
  return urls.map((url) => badgeOf(url, urls, state.targets[url]));
}

function tee({ ready }: State): Piece {
  return ready.tee === undefined ? NOTHING : piece([5], [span(`tee → ${ready.tee}`, 'dim')], []);
}

const NUMBER = new Intl.NumberFormat('en');

function counts(state: State): Piece {
  const often = rate(state);
  const speed = span(
    `  ${often >= 10 ? NUMBER.format(Math.round(often)) : often.toFixed(1)}/s`,
    'dim',
  );
  const count = NUMBER.format(state.received);
  const all = span(`${count} event${state.received === 1 ? '' : 's'}`);
  return piece([15, 29, 72], [all, speed], [all], [span(count)], []);
}

function waiting({ forwarding, ready }: State): Piece {
  const { waiting: count } = forwarding;
  if (count === 0 || ready.targets.length === 0) return NOTHING;
  return piece([], [span(`${NUMBER.format(count)} wait`, 'warning')]);
}

function paused({ forwarding }: State): Piece {
  return forwarding.isPaused ? piece([], [span('⏸ paused', 'warning')]) : NOTHING;
}

function query({ list }: State): Piece {
  if (isEverything(list.query)) return NOTHING;
  const found = list.loading === 'newest' && list.rows.length === 0 ? ' …' : '';
  const words = queryText(list.query);
  return piece(
    [60],
    [span(`only ${words}${found}`, 'name')],
    [span(`only ${cut(words, 16)}`, 'name')],
  );
}

/** A query of the list in words. */
export function queryText({ search, only, events }: State['list']['query']): string {
  return [
    only !== 'all' && only,
    events.length > 0 && (events.length > 2 ? `${events.length} events` : events.join(', ')),
    search !== '' && `“${search}”`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}
