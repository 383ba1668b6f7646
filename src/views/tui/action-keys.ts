/** The keys of the list and of an event's page that do something with events or the listener. */

import {
  type Binding,
  needsEvent,
  needsListener,
  needsSearch,
  needsTarget,
  needsTargetAndEvent,
  onSelected,
  PLACES,
} from './binding.ts';
import { openFilter, openSubscriptions } from './menus.ts';
import { backOf, move, noEffect, selectedId, toHit, withEffects, withMode } from './moves.ts';
import { noticed } from './notices.ts';
import type { State, Step } from './state.ts';

/** Replays the selected event. The notice comes before the answer, which may take long. */
function replay(state: State): Step {
  const id = selectedId(state);
  if (id === null) return noEffect(state);
  return withEffects(noticed(state, 'info', `replaying ${id} …`), { type: 'replay', id });
}

function openSave(state: State): Step {
  const id = selectedId(state);
  const row = state.list.rows.find(({ event }) => event.id === id);
  const place = backOf(state);
  const open = place.name === 'detail' ? place.detail?.event : undefined;
  const name = (row?.event ?? open)?.event ?? 'message';
  const text = /^[a-z0-9._-]{1,60}$/.test(name) ? `${name}.` : '';
  return id === null
    ? noEffect(state)
    : noEffect(withMode(state, { name: 'save', id, text, isSaving: false, back: place }));
}

function openCopy(state: State): Step {
  const id = selectedId(state);
  return id === null
    ? noEffect(state)
    : noEffect(withMode(state, { name: 'copy', id, back: backOf(state) }));
}

function pause(state: State): Step {
  // Changed before the answer arrives, so that a second press means the opposite.
  const isPaused = !state.forwarding.isPaused;
  const forwarding = { ...state.forwarding, isPaused };
  return withEffects({ ...state, forwarding }, { type: 'forwarding', pause: isPaused });
}

/** Every row of a searched list is a hit, so the next hit in the list is the next older row. */
function nextHit(direction: 1 | -1): (state: State) => Step {
  return (state) =>
    state.mode.name === 'detail'
      ? toHit(state, state.mode, direction)
      : move(state, direction === 1 ? -1 : 1);
}

function openTrigger(state: State): Step {
  const dialog = { text: '', cursor: 0, fixtures: null, back: backOf(state) };
  return withEffects(withMode(state, { name: 'trigger', ...dialog }), { type: 'fixtures' });
}

export const ACTION_KEYS: readonly Binding[] = [
  {
    keys: ['/'],
    shown: '/',
    short: 'search',
    title: 'Search',
    help: 'search for any part of a word: the list searches all stored events, the detail its own page',
    modes: PLACES,
    run: (state) => noEffect(withMode(state, { name: 'search', text: '', back: backOf(state) })),
  },
  {
    keys: ['n'],
    shown: 'n N',
    short: 'next hit',
    title: 'Next hit',
    help: 'next or previous hit; in the list, the next older or newer event',
    modes: PLACES,
    run: nextHit(1),
    why: needsSearch,
  },
  {
    keys: ['N'],
    shown: 'N',
    modes: PLACES,
    run: nextHit(-1),
    why: needsSearch,
  },
  {
    keys: ['f'],
    shown: 'f',
    short: 'filter',
    title: 'Filter the list',
    help: 'filter the list: by state, kind, or event name',
    modes: ['list'],
    run: openFilter,
  },
  {
    keys: ['r'],
    shown: 'r',
    short: 'replay',
    title: 'Replay the event',
    help: 'replay: send the event to your targets again',
    modes: PLACES,
    run: replay,
    why: needsTargetAndEvent,
  },
  {
    keys: ['e'],
    shown: 'e',
    short: 'edit',
    title: 'Edit the body and send it',
    help: 'edit the body in $EDITOR, then send it as a new event',
    modes: PLACES,
    run: onSelected((id) => ({ type: 'edit', id })),
    why: needsTargetAndEvent,
  },
  {
    keys: ['s'],
    shown: 's',
    short: 'save',
    title: 'Save the event as a fixture',
    help: 'save the event as a fixture of this project',
    modes: PLACES,
    run: openSave,
    why: needsEvent,
  },
  {
    keys: ['c'],
    shown: 'c',
    short: 'copy',
    title: 'Copy the event: curl, body, id',
    help: 'copy the event as a curl command, its body, or its id',
    modes: PLACES,
    run: openCopy,
    why: needsEvent,
  },
  {
    keys: ['t'],
    shown: 't',
    short: 'trigger',
    title: 'Trigger a fixture',
    help: 'trigger a fixture: it is received as a new event, marked as a replay',
    modes: PLACES,
    why: needsListener,
    run: openTrigger,
  },
  {
    keys: ['u'],
    shown: 'u',
    short: 'subscriptions',
    title: 'Subscriptions',
    help: 'subscriptions: choose the events that the instance sends while this listener runs',
    modes: PLACES,
    run: openSubscriptions,
    why: needsListener,
  },
  {
    keys: ['p'],
    shown: 'p',
    short: 'pause',
    title: 'Pause or resume forwarding',
    help: 'pause or resume forwarding; events are stored meanwhile',
    modes: PLACES,
    run: pause,
    why: needsTarget,
  },
  {
    keys: [':'],
    shown: ':',
    short: 'actions',
    help: 'every action with its key, searched as you type',
    modes: PLACES,
    run: (state) =>
      noEffect(withMode(state, { name: 'palette', text: '', cursor: 0, back: backOf(state) })),
  },
  {
    keys: ['?'],
    shown: '?',
    short: 'help',
    title: 'Help',
    help: 'this help',
    modes: PLACES,
    run: (state) => noEffect(withMode(state, { name: 'help', top: 0, back: backOf(state) })),
  },
];
