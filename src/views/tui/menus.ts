/** The dialogs whose lines are ticked: the filter, and the subscriptions. */

import { CATALOGUE, EVENTS } from '../../eazewa/events.ts';
import { type FilterMode, tickItem } from './filter.ts';
import { queried } from './list.ts';
import { backOf, noEffect, withEffects, withList, withMode } from './moves.ts';
import { noticed } from './notices.ts';
import type { ModeOf, State, Step } from './state.ts';

export function openSubscriptions(state: State): Step {
  const { subscribed } = state;
  const names = [...new Set([...Object.keys(EVENTS), ...subscribed])];
  const dialog = { cursor: 0, names, ticked: subscribed, back: backOf(state) };
  return noEffect(withMode(state, { name: 'subscriptions', ...dialog }));
}

/** Subscribes to the ticked events; refuses none, since without any no event arrives. */
export function subscribe(state: State, { ticked, back }: ModeOf<'subscriptions'>): Step {
  if (ticked.length > 0) {
    return withEffects(withMode(state, back), { type: 'subscribe', events: ticked });
  }
  const text = 'Choose at least one event: without any, no event arrives';
  return noEffect(noticed(state, 'warning', text));
}

/** Ticks or unticks the dialog's selected line. */
export function tick(state: State): Step {
  const { mode } = state;
  if (mode.name === 'filter') return noEffect(withMode(state, tickItem(mode)));
  const name = mode.name === 'subscriptions' ? mode.names[mode.cursor] : undefined;
  if (mode.name !== 'subscriptions' || name === undefined) return noEffect(state);
  const ticked = mode.ticked.includes(name)
    ? mode.ticked.filter((other) => other !== name)
    : [...mode.ticked, name];
  return noEffect(withMode(state, { ...mode, ticked }));
}

/** Ticks all of a dialog's names, or none when all are ticked. */
export function tickAll(state: State): Step {
  const { mode } = state;
  if (mode.name !== 'filter' && mode.name !== 'subscriptions') return noEffect(state);
  const ticked = mode.ticked.length >= mode.names.length ? [] : mode.names;
  return noEffect(withMode(state, { ...mode, ticked }));
}

export function openFilter(state: State): Step {
  const { query, rows } = state.list;
  const seen = rows.map(({ event }) => event.event);
  const known = new Set([...state.subscribed, ...query.events, ...seen]);
  const listed = [...CATALOGUE.keys()].filter((name) => known.has(name));
  const names = [...new Set([...listed, ...[...known].sort()])];
  const { only: which, events: ticked } = query;
  return noEffect(withMode(state, { name: 'filter', cursor: 0, only: which, names, ticked }));
}

export function applyFilter(state: State, mode: FilterMode): Step {
  const query = { ...state.list.query, only: mode.only, events: mode.ticked };
  return withList(withMode(state, { name: 'list' }), queried(state.list, query));
}
