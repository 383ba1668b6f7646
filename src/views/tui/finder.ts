/** Lists that are filtered as one types: the palette of actions, and the fixtures to trigger. */

import { noEffect, withEffects, withMode } from './moves.ts';
import { noticed } from './notices.ts';
import type { ModeOf, State, Step } from './state.ts';

/** An entry of such a list. */
export interface Entry {
  readonly name: string;
  /** Its key; empty without one. */
  readonly key: string;
  /** More words to find it by. */
  readonly text: string;
}

/** The entries that have all typed words, those with the words in their names first. */
export function foundIn<One extends Entry>(entries: readonly One[], typed: string): One[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const has = (text: string) => words.every((word) => text.toLowerCase().includes(word));
  const found = entries.filter(({ name, key, text }) => has(`${name} ${key} ${text}`));
  return [...found.filter(({ name }) => has(name)), ...found.filter(({ name }) => !has(name))];
}

/** The selected entry; null where none is found. */
export function chosenIn<One extends Entry>(
  entries: readonly One[],
  { text, cursor }: { text: string; cursor: number },
): One | null {
  const found = foundIn(entries, text);
  return found[Math.min(cursor, found.length - 1)] ?? null;
}

/** Moves the selection; the drawing and the choice bound it by what is found. */
export function moveInFinder(state: State, by: number): Step {
  const { mode } = state;
  if (mode.name !== 'palette' && mode.name !== 'trigger') return noEffect(state);
  return noEffect(withMode(state, { ...mode, cursor: Math.max(0, mode.cursor + by) }));
}

/** The fixtures as entries; none until they are loaded. */
export function fixturesOf({ fixtures }: Pick<ModeOf<'trigger'>, 'fixtures'>): Entry[] {
  return (fixtures ?? []).map(({ name, description }) => ({ name, key: '', text: description }));
}

/** Triggers the selected fixture, and goes back to where its event shows up. */
export function triggerChosen(state: State, mode: ModeOf<'trigger'>): Step {
  const chosen = chosenIn(fixturesOf(mode), mode);
  if (chosen === null) return noEffect(state);
  const told = noticed(withMode(state, mode.back), 'info', `triggering ${chosen.name} …`);
  return withEffects(told, {
    type: 'trigger',
    name: chosen.name,
    instanceId: state.ready.instanceId,
  });
}
