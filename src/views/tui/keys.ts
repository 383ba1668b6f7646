/** The table of keys: what each key does in which mode. Footer, help and palette are made of it. */

import { ACTION_KEYS } from './action-keys.ts';
import { ALL, type Binding, inMode, MENUS } from './binding.ts';
import { DIALOG_KEYS, typed } from './dialog-keys.ts';
import { chosenIn, type Entry } from './finder.ts';
import type { Key } from './key.ts';
import { back, noEffect, withEffects, withMode } from './moves.ts';
import { MOVING_KEYS } from './moving-keys.ts';
import { noticed } from './notices.ts';
import { isPreviewFocused } from './preview.ts';
import type { Mode, State, Step } from './state.ts';

function stop(state: State): Step {
  return withEffects({ ...state, isStopping: true }, { type: 'stop' });
}

/** Ends the listener; asks first while events wait, which only a replay sends afterwards. */
function quit(state: State): Step {
  if (state.forwarding.waiting === 0) return stop(state);
  return noEffect(withMode(state, { name: 'quit', back: { name: 'list' } }));
}

const LEAVING_KEYS: readonly Binding[] = [
  {
    keys: ['escape'],
    shown: 'Esc',
    short: 'back',
    title: 'Back; clear search and filter',
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
    title: 'Quit: restore the instance, then exit',
    help: 'in the list: restore the instance, then exit; elsewhere: back',
    modes: ['list'],
    applies: ({ isStopping }) => !isStopping,
    run: quit,
  },
  {
    keys: ['q'],
    shown: 'q',
    modes: ['detail', 'help', 'qr', 'copy', ...MENUS],
    run: back,
  },
  {
    keys: ['enter', 'q'],
    shown: 'Enter',
    short: 'stop',
    ...inMode('quit', (state, mode) => stop(withMode(state, mode.back))),
  },
  {
    keys: ['ctrl-c'],
    shown: 'Ctrl-C',
    short: 'leave at once',
    modes: ALL,
    applies: ({ isStopping }) => isStopping,
    run: (state) => withEffects(state, { type: 'stop' }),
  },
  {
    keys: ['ctrl-c'],
    shown: 'Ctrl-C',
    help: 'like q; press it again after a second to leave at once',
    modes: ALL,
    run: (state) => withEffects({ ...state, isStopping: true }, { type: 'stop' }),
  },
  {
    keys: ['ctrl-z'],
    shown: 'Ctrl-Z',
    title: 'Suspend the program',
    help: 'suspend the program (fg resumes it); no event is received meanwhile',
    modes: ALL,
    run: (state) => withEffects(state, { type: 'suspend' }),
  },
  {
    keys: ['ctrl-l'],
    shown: 'Ctrl-L',
    title: 'Redraw the screen',
    help: 'redraw the screen',
    modes: ALL,
    run: (state) => withEffects(state, { type: 'redraw' }),
  },
];

/** Every key. The first binding that applies wins. */
export const BINDINGS: readonly Binding[] = [
  ...MOVING_KEYS,
  ...ACTION_KEYS,
  ...DIALOG_KEYS,
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'run',
    ...inMode('palette', (state, mode) => {
      const action = chosenIn(paletteOf(state, mode), mode);
      return action === null ? noEffect(state) : runAt(withMode(state, mode.back), action);
    }),
  },
  ...LEAVING_KEYS,
];

/** An action of the palette. */
export interface Action extends Entry {
  readonly binding: Binding;
  /** Why it has no effect now; null where it has. */
  readonly why: string | null;
}

/** Every action with a title, as seen from the place behind the palette. */
export function paletteOf(state: State, { back: place }: { back: Mode }): Action[] {
  const behind = withMode(state, place);
  return BINDINGS.flatMap((binding) => {
    const { title, modes, shown } = binding;
    if (title === undefined) return [];
    const only = place.name === 'list' ? "only on an event's page" : 'only in the list';
    const why = modes.includes(place.name) ? (binding.why?.(behind) ?? null) : only;
    return [{ name: title, key: shown, text: binding.help ?? '', binding, why }];
  });
}

/** Runs an action, or says why it has no effect. */
function runAt(state: State, { binding, why }: Pick<Action, 'binding' | 'why'>): Step {
  return why === null ? binding.run(state) : noEffect(noticed(state, 'warning', why));
}

/** The bindings that have a meaning in this state. */
function boundIn(state: State): Binding[] {
  return BINDINGS.filter(
    ({ modes, applies }) => modes.includes(state.mode.name) && (applies?.(state) ?? true),
  );
}

/** The bindings that have an effect in this state. */
export function bindingsFor(state: State): Binding[] {
  return boundIn(state).filter(({ why }) => why === undefined || why(state) === null);
}

/** Applies a key to the state. Text and pastes go to the input field when no binding applies. */
export function pressed(state: State, key: Key): Step {
  if (key.kind === 'paste') return typed((text) => text + key.text)(state);
  const name = key.kind === 'name' ? key.name : key.text;
  const binding = boundIn(state).find(({ keys }) => keys.includes(name));
  if (binding !== undefined) return runAt(state, { binding, why: binding.why?.(state) ?? null });
  return key.kind === 'character' ? typed((text) => text + key.text)(state) : noEffect(state);
}
