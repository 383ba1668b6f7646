/** The table of keys: what each key does in which mode. The footer and the help are generated from it. */

import type { Key } from './key.ts';
import { withoutLast } from './line.ts';
import {
  applyFilter,
  back,
  backOf,
  fold,
  move,
  nextTab,
  noEffect,
  openDetail,
  openFilter,
  openSubscriptions,
  pageHeight,
  search,
  selectedId,
  showTab,
  tick,
  tickAll,
  toEnd,
  toHit,
  withEffects,
  withMode,
} from './moves.ts';
import { noticed } from './notices.ts';
import { hasPreview, isPreviewFocused, withPreview } from './preview.ts';
import { type Effect, type Mode, type State, type Step, TABS } from './state.ts';

type ModeName = Mode['name'];

/** A key and its effect in some modes. */
export interface Binding {
  /** Names of keys, or characters. */
  readonly keys: readonly string[];
  /** The key as the screen writes it. */
  readonly shown: string;
  /** Label in the footer; null to leave the key out of it. */
  readonly short: string | null;
  /** Text in the help; empty where another line of the help covers the key. */
  readonly help: string;
  readonly modes: readonly ModeName[];
  /** Whether the key has an effect in this state; without it, always. */
  readonly applies?: (state: State) => boolean;
  readonly run: (state: State) => Step;
}

const PLACES: readonly ModeName[] = ['list', 'detail'];
const MENUS: readonly ModeName[] = ['filter', 'subscriptions'];
const MOVING: readonly ModeName[] = [...PLACES, ...MENUS, 'help'];
const ALL: readonly ModeName[] = [...MOVING, 'search', 'copy', 'save', 'qr'];
const TYPING: readonly ModeName[] = ['search', 'save'];

type Of<Name extends ModeName> = Extract<Mode, { name: Name }>;

/** A binding for one mode, whose `run` gets that mode with its type. */
function inMode<Name extends ModeName>(
  name: Name,
  run: (state: State, mode: Of<Name>) => Step,
): Pick<Binding, 'modes' | 'run'> {
  const isIt = (mode: Mode): mode is Of<Name> => mode.name === name;
  return {
    modes: [name],
    run: (state) => (isIt(state.mode) ? run(state, state.mode) : noEffect(state)),
  };
}

/** Requests an effect on the selected event. */
function onSelected(effect: (id: string) => Effect): (state: State) => Step {
  return (state) => {
    const id = selectedId(state);
    return id === null ? noEffect(state) : withEffects(state, effect(id));
  };
}

const hasSelected = (state: State) => selectedId(state) !== null && !state.isStopping;
const isRunning = ({ isStopping }: State) => !isStopping;

/** Replays the selected event. The notice comes before the answer, which may take long. */
function replay(state: State): Step {
  if (state.ready.targets.length === 0) return noEffect(noTarget(state));
  const id = selectedId(state);
  if (id === null) return noEffect(state);
  return withEffects(noticed(state, 'info', `replaying ${id} …`), { type: 'replay', id });
}

function edit(state: State): Step {
  if (state.ready.targets.length === 0) return noEffect(noTarget(state));
  return onSelected((id) => ({ type: 'edit', id }))(state);
}

function noTarget(state: State): State {
  return noticed(state, 'warning', 'there is no target: name one, as in eazewa-hooks listen 3000');
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
    : noEffect(withMode(state, { name: 'save', id, text, isSaving: false, back: backOf(state) }));
}

function openCopy(state: State): Step {
  const id = selectedId(state);
  return id === null
    ? noEffect(state)
    : noEffect(withMode(state, { name: 'copy', id, back: backOf(state) }));
}

function copy(what: Extract<Effect, { type: 'copy' }>['what']): Pick<Binding, 'modes' | 'run'> {
  return inMode('copy', (state, { id, back: place }) =>
    withEffects(withMode(state, place), { type: 'copy', id, what }),
  );
}

function pause(state: State): Step {
  if (state.ready.targets.length === 0) return noEffect(noTarget(state));
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

const isSearched = ({ mode, list }: State) =>
  mode.name === 'detail' ? mode.find !== '' : list.query.search !== '';

/** Every key. The first binding that applies wins. */
export const BINDINGS: readonly Binding[] = [
  {
    keys: ['up', 'k'],
    shown: '↑ k',
    short: null,
    help: 'up; from the first row, load older events from history',
    modes: MOVING,
    run: (state) => move(state, -1),
  },
  {
    keys: ['down', 'j'],
    shown: '↓ j',
    short: null,
    help: 'down; from the newest row, follow new events',
    modes: MOVING,
    run: (state) => move(state, 1),
  },
  {
    keys: ['pageup', 'ctrl-b'],
    shown: 'PgUp',
    short: null,
    help: 'page up',
    modes: MOVING,
    run: (state) => move(state, -pageHeight(state)),
  },
  {
    keys: ['pagedown', 'ctrl-f'],
    shown: 'PgDn',
    short: null,
    help: 'page down',
    modes: MOVING,
    run: (state) => move(state, pageHeight(state)),
  },
  {
    keys: ['g', 'home'],
    shown: 'g',
    short: null,
    help: 'first line',
    modes: MOVING,
    run: (state) => toEnd(state, false),
  },
  {
    keys: ['G', 'end'],
    shown: 'G',
    short: 'newest',
    help: 'last line; in the list, jump to the newest event and follow new ones',
    modes: ['list'],
    applies: ({ list }) => !list.follow && list.rows.length > 0,
    run: (state) => toEnd(state, true),
  },
  {
    keys: ['G', 'end'],
    shown: 'G',
    short: null,
    help: '',
    modes: MOVING,
    run: (state) => toEnd(state, true),
  },
  {
    keys: ['enter', 'd'],
    shown: 'Enter',
    short: 'detail',
    help: 'open the detail of the event (also d)',
    modes: ['list'],
    applies: hasSelected,
    run: openDetail,
  },
  {
    keys: ['tab'],
    shown: 'Tab',
    short: 'preview',
    help: 'beside the list, on a large screen: scroll the preview of the selected event; again: the list',
    ...inMode('list', (state) =>
      noEffect(withPreview(state, { isFocused: !isPreviewFocused(state) })),
    ),
    applies: hasPreview,
  },
  {
    keys: ['z'],
    shown: 'z',
    short: null,
    help: 'show or hide the preview',
    ...inMode('list', (state) => {
      if (hasPreview(state))
        return noEffect(withPreview(state, { isShown: false, isFocused: false }));
      const shown = withPreview(state, { isShown: true });
      return hasPreview(shown)
        ? noEffect(shown)
        : noEffect(noticed(state, 'info', 'the preview needs 110 columns and 28 lines'));
    }),
  },
  {
    keys: ['tab'],
    shown: 'Tab',
    short: 'next tab',
    help: 'next tab (Shift-Tab: previous tab; 1, 2, 3: go to that tab)',
    ...inMode('detail', (state, mode) => nextTab(state, mode, 1)),
  },
  {
    keys: ['shift-tab'],
    shown: 'Shift-Tab',
    short: null,
    help: '',
    ...inMode('detail', (state, mode) => nextTab(state, mode, -1)),
  },
  ...TABS.map(
    (tab, i): Binding => ({
      keys: [String(i + 1)],
      shown: String(i + 1),
      short: null,
      help: '',
      ...inMode('detail', (state, mode) => showTab(state, mode, tab)),
    }),
  ),
  {
    keys: ['left'],
    shown: '← →',
    short: null,
    help: 'fold or unfold a block of the body (Enter toggles)',
    ...inMode('detail', (state, mode) => fold(state, mode, 'fold')),
  },
  {
    keys: ['right'],
    shown: '→',
    short: null,
    help: '',
    ...inMode('detail', (state, mode) => fold(state, mode, 'unfold')),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'QR code',
    help: 'on a qr event: show the QR code for the phone to scan',
    ...inMode('detail', (state, { id, detail }) =>
      detail?.qr ? noEffect(withMode(state, { name: 'qr', id, code: detail.qr })) : noEffect(state),
    ),
    applies: ({ mode }) => mode.name === 'detail' && mode.tab === 'message' && !!mode.detail?.qr,
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: null,
    help: '',
    ...inMode('detail', (state, mode) => fold(state, mode, 'toggle')),
  },
  {
    keys: ['/'],
    shown: '/',
    short: 'search',
    help: 'search for words (the last may be a prefix): the list searches all stored events, the detail its own page',
    modes: PLACES,
    run: (state) => noEffect(withMode(state, { name: 'search', text: '', back: backOf(state) })),
  },
  {
    keys: ['n'],
    shown: 'n N',
    short: 'next hit',
    help: 'next or previous hit; in the list, the next older or newer event',
    modes: PLACES,
    applies: isSearched,
    run: nextHit(1),
  },
  {
    keys: ['N'],
    shown: 'N',
    short: null,
    help: '',
    modes: PLACES,
    applies: isSearched,
    run: nextHit(-1),
  },
  {
    keys: ['f'],
    shown: 'f',
    short: 'filter',
    help: 'filter the list: by event name, failed, or waiting',
    modes: ['list'],
    run: openFilter,
  },
  {
    keys: ['r'],
    shown: 'r',
    short: 'replay',
    help: 'replay: send the event to your targets again',
    modes: PLACES,
    applies: hasSelected,
    run: replay,
  },
  {
    keys: ['e'],
    shown: 'e',
    short: 'edit',
    help: 'edit the body in $EDITOR, then send it as a new event',
    modes: PLACES,
    applies: hasSelected,
    run: edit,
  },
  {
    keys: ['s'],
    shown: 's',
    short: 'save',
    help: 'save the event as a fixture of this project',
    modes: PLACES,
    applies: hasSelected,
    run: openSave,
  },
  {
    keys: ['c'],
    shown: 'c',
    short: 'copy',
    help: 'copy the event as a curl command, its body, or its id',
    modes: PLACES,
    applies: hasSelected,
    run: openCopy,
  },
  {
    keys: ['u'],
    shown: 'u',
    short: 'subscriptions',
    help: 'subscriptions: choose the events that the instance sends while this listener runs',
    modes: PLACES,
    applies: isRunning,
    run: openSubscriptions,
  },
  {
    keys: ['p'],
    shown: 'p',
    short: 'pause',
    help: 'pause or resume forwarding; events are stored meanwhile',
    modes: PLACES,
    applies: isRunning,
    run: pause,
  },
  {
    keys: ['?'],
    shown: '?',
    short: 'help',
    help: 'this help',
    modes: PLACES,
    run: (state) => noEffect(withMode(state, { name: 'help', top: 0, back: backOf(state) })),
  },
  {
    keys: [' '],
    shown: 'Space',
    short: 'tick',
    help: 'in a list of names: tick or untick',
    modes: MENUS,
    run: tick,
  },
  {
    keys: ['a'],
    shown: 'a',
    short: 'all',
    help: 'in a list of names: tick all or none',
    modes: MENUS,
    run: tickAll,
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'apply',
    help: '',
    ...inMode('filter', applyFilter),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'apply',
    help: '',
    ...inMode('subscriptions', (state, { ticked, back: place }) =>
      ticked.length === 0
        ? noEffect(
            noticed(state, 'warning', 'Choose at least one event: without any, no event arrives'),
          )
        : withEffects(withMode(state, place), { type: 'subscribe', events: ticked }),
    ),
  },
  { keys: ['c'], shown: 'c', short: 'curl', help: '', ...copy('curl') },
  { keys: ['b'], shown: 'b', short: 'body', help: '', ...copy('body') },
  { keys: ['i'], shown: 'i', short: 'id', help: '', ...copy('id') },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'search',
    help: '',
    ...inMode('search', (state, { text, back: place }) => search(state, text.trim(), place)),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'save',
    help: '',
    ...inMode('save', (state, mode) => {
      const { id, text } = mode;
      const saving = withMode(state, { ...mode, isSaving: true });
      return withEffects(saving, { type: 'save', id, name: text.trim() });
    }),
    applies: ({ mode }) => mode.name === 'save' && !mode.isSaving && mode.text.trim() !== '',
  },
  {
    keys: ['backspace'],
    shown: '⌫',
    short: null,
    help: '',
    modes: TYPING,
    run: typed(withoutLast),
  },
  {
    keys: ['ctrl-w'],
    shown: 'Ctrl-W',
    short: null,
    help: '',
    modes: TYPING,
    run: typed((text) => text.replace(/\S*\s*$/, '')),
  },
  { keys: ['ctrl-u'], shown: 'Ctrl-U', short: null, help: '', modes: TYPING, run: typed(() => '') },
  {
    keys: ['escape'],
    shown: 'Esc',
    short: 'back',
    help: 'back: close the dialog, then the detail, then clear search and filter; never quits',
    modes: ALL,
    applies: (state) =>
      state.mode.name !== 'list' ||
      isPreviewFocused(state) ||
      state.notices.length > 0 ||
      state.list.query.search !== '' ||
      state.list.query.events.length > 0 ||
      state.list.query.only !== 'all',
    run: back,
  },
  {
    keys: ['q'],
    shown: 'q',
    short: 'quit',
    help: 'quit: restore the instance, then exit',
    modes: ['list', 'detail', 'help', 'qr'],
    applies: ({ isStopping }) => !isStopping,
    run: (state) => withEffects({ ...state, isStopping: true }, { type: 'stop' }),
  },
  {
    keys: ['ctrl-c'],
    shown: 'Ctrl-C',
    short: 'leave at once',
    help: '',
    modes: ALL,
    applies: ({ isStopping }) => isStopping,
    run: (state) => withEffects(state, { type: 'stop' }),
  },
  {
    keys: ['ctrl-c'],
    shown: 'Ctrl-C',
    short: null,
    help: 'like q; press it again after a second to leave at once',
    modes: ALL,
    run: (state) => withEffects({ ...state, isStopping: true }, { type: 'stop' }),
  },
  {
    keys: ['ctrl-z'],
    shown: 'Ctrl-Z',
    short: null,
    help: 'suspend the program (fg resumes it); no event is received meanwhile',
    modes: ALL,
    run: (state) => withEffects(state, { type: 'suspend' }),
  },
  {
    keys: ['ctrl-l'],
    shown: 'Ctrl-L',
    short: null,
    help: 'redraw the screen',
    modes: ALL,
    run: (state) => withEffects(state, { type: 'redraw' }),
  },
];

/** Longest text of a search or a name, in UTF-16 units. */
const LONGEST_INPUT = 200;

function typed(change: (text: string) => string): (state: State) => Step {
  return (state) => {
    const { mode } = state;
    if (mode.name !== 'search' && mode.name !== 'save') return noEffect(state);
    if (mode.name === 'save' && mode.isSaving) return noEffect(state);
    return noEffect(withMode(state, { ...mode, text: change(mode.text).slice(0, LONGEST_INPUT) }));
  };
}

/** The bindings that have an effect in this state. */
export function bindingsFor(state: State): Binding[] {
  return BINDINGS.filter(
    ({ modes, applies }) => modes.includes(state.mode.name) && (applies?.(state) ?? true),
  );
}

/** Applies a key to the state. Text and pastes go to the input field when no binding applies. */
export function pressed(state: State, key: Key): Step {
  if (key.kind === 'paste') return typed((text) => text + key.text)(state);
  const name = key.kind === 'name' ? key.name : key.text;
  const binding = bindingsFor(state).find(({ keys }) => keys.includes(name));
  if (binding !== undefined) return binding.run(state);
  return key.kind === 'character' ? typed((text) => text + key.text)(state) : noEffect(state);
}
