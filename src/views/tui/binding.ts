/** What a key is: a binding of the table, the modes that it works in, and why it may have no effect. */

import { noEffect, selectedId } from './moves.ts';
import { hasPreview } from './preview.ts';
import type { Effect, Mode, ModeOf, State, Step } from './state.ts';

export type ModeName = Mode['name'];

/** A key and its effect in some modes. Footer, help and palette are made of these. */
export interface Binding {
  /** Names of keys, or characters. */
  readonly keys: readonly string[];
  /** The key as the screen writes it. */
  readonly shown: string;
  /** Label in the footer; without it, the footer leaves the key out. */
  readonly short?: string;
  /** The action's name in the palette; without it, the palette leaves the key out. */
  readonly title?: string;
  /** Text in the help; without it, another line of the help covers the key. */
  readonly help?: string;
  readonly modes: readonly ModeName[];
  /** Whether the key has this meaning in this state; without it, always. */
  readonly applies?: (state: State) => boolean;
  /** Why the action has no effect in this state, in words; null where it has. */
  readonly why?: (state: State) => string | null;
  readonly run: (state: State) => Step;
}

export const PLACES: readonly ModeName[] = ['list', 'detail'];
export const MENUS: readonly ModeName[] = ['filter', 'subscriptions'];
/** Lists that are filtered as one types. */
export const FINDERS: readonly ModeName[] = ['palette', 'trigger'];
export const MOVING: readonly ModeName[] = [...PLACES, ...MENUS, 'help'];
export const TYPING: readonly ModeName[] = ['search', 'save', ...FINDERS];
export const ALL: readonly ModeName[] = [...MOVING, ...TYPING, 'copy', 'qr', 'quit'];

/** A binding for one mode, whose `run` gets that mode with its type. */
export function inMode<Name extends ModeName>(
  name: Name,
  run: (state: State, mode: ModeOf<Name>) => Step,
): Pick<Binding, 'modes' | 'run'> {
  const isIt = (mode: Mode): mode is ModeOf<Name> => mode.name === name;
  return {
    modes: [name],
    run: (state) => (isIt(state.mode) ? run(state, state.mode) : noEffect(state)),
  };
}

/** Requests an effect on the selected event. */
export function onSelected(effect: (id: string) => Effect): (state: State) => Step {
  return (state) => {
    const id = selectedId(state);
    return { state, effects: id === null ? [] : [effect(id)] };
  };
}

export function needsListener({ isStopping }: State): string | null {
  return isStopping ? 'the listener is stopping' : null;
}

export function needsEvent(state: State): string | null {
  return needsListener(state) ?? (selectedId(state) === null ? 'no event is selected' : null);
}

export function needsTarget(state: State): string | null {
  const isNone = state.ready.targets.length === 0;
  return (
    needsListener(state) ??
    (isNone ? 'there is no target: name one, as in eazewa-hooks listen 3000' : null)
  );
}

export function needsTargetAndEvent(state: State): string | null {
  return needsTarget(state) ?? needsEvent(state);
}

export function needsPreview(state: State): string | null {
  return hasPreview(state) ? null : 'there is no preview: z shows it on a large screen';
}

export function needsSearch({ mode, list }: State): string | null {
  const isSearched = mode.name === 'detail' ? mode.find !== '' : list.query.search !== '';
  return isSearched ? null : 'nothing is searched: / searches';
}
