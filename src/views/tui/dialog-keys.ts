/** The keys of the dialogs, and what typing does in them. */

import { type Binding, FINDERS, inMode, MENUS, TYPING } from './binding.ts';
import { moveInFinder, triggerChosen } from './finder.ts';
import { withoutLast } from './line.ts';
import { applyFilter, subscribe, tick, tickAll } from './menus.ts';
import { noEffect, search, withEffects, withMode } from './moves.ts';
import type { Effect, State, Step } from './state.ts';

function copy(what: Extract<Effect, { type: 'copy' }>['what']): Pick<Binding, 'modes' | 'run'> {
  return inMode('copy', (state, { id, back: place }) =>
    withEffects(withMode(state, place), { type: 'copy', id, what }),
  );
}

export const DIALOG_KEYS: readonly Binding[] = [
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
    ...inMode('filter', applyFilter),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'apply',
    ...inMode('subscriptions', subscribe),
  },
  { keys: ['c'], shown: 'c', short: 'curl', ...copy('curl') },
  { keys: ['b'], shown: 'b', short: 'body', ...copy('body') },
  { keys: ['i'], shown: 'i', short: 'id', ...copy('id') },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'search',
    ...inMode('search', (state, { text, back: place }) => search(state, text.trim(), place)),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'save',
    ...inMode('save', (state, mode) => {
      const { id, text } = mode;
      const saving = withMode(state, { ...mode, isSaving: true });
      return withEffects(saving, { type: 'save', id, name: text.trim() });
    }),
    applies: ({ mode }) => mode.name === 'save' && !mode.isSaving && mode.text.trim() !== '',
  },
  {
    keys: ['up'],
    shown: '↑',
    modes: FINDERS,
    run: (state) => moveInFinder(state, -1),
  },
  {
    keys: ['down'],
    shown: '↓',
    modes: FINDERS,
    run: (state) => moveInFinder(state, 1),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'trigger',
    ...inMode('trigger', triggerChosen),
  },
  {
    keys: ['backspace'],
    shown: '⌫',
    modes: TYPING,
    run: typed(withoutLast),
  },
  {
    keys: ['ctrl-w'],
    shown: 'Ctrl-W',
    modes: TYPING,
    run: typed((text) => text.replace(/\S*\s*$/, '')),
  },
  { keys: ['ctrl-u'], shown: 'Ctrl-U', modes: TYPING, run: typed(() => '') },
];

/** Longest text of a search or a name, in UTF-16 units. */
const LONGEST_INPUT = 200;

/** Changes the text of an input field. In a list that is filtered by it, the first line is selected. */
export function typed(change: (text: string) => string): (state: State) => Step {
  return (state) => {
    const { mode } = state;
    if (!('text' in mode)) return noEffect(state);
    if (mode.name === 'save' && mode.isSaving) return noEffect(state);
    const text = change(mode.text).slice(0, LONGEST_INPUT);
    const cursor = 'cursor' in mode ? { cursor: 0 } : {};
    return noEffect(withMode(state, { ...mode, text, ...cursor }));
  };
}
