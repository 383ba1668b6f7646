/** The lines of the filter: by the state of events, by their kind, and by their names. */

import { CATALOGUE } from '../../eazewa/events.ts';
import type { ModeOf } from './state.ts';

export type FilterMode = ModeOf<'filter'>;

/** A line that can be ticked. */
export interface Item {
  readonly group: 'state' | 'kind' | 'event';
  readonly name: string;
  readonly what: string;
  /** The names of events that the line stands for; none for a state. */
  readonly events: readonly string[];
}

const STATES = [
  ['failed', 'only events that failed at a target'],
  ['waiting', 'only events that wait for a target'],
] as const;

/** The kinds by their categories in the catalogue, in the order of the dialog. */
const KINDS = [
  ['messages', 'message'],
  ['groups', 'group'],
  ['connection', 'instance'],
  ['calls', 'call'],
  ['presence', 'presence'],
  ['communities', 'community'],
] as const;

/** The lines of the dialog, in order. */
export function filterItems({ names }: Pick<FilterMode, 'names'>): Item[] {
  const kinds = KINDS.flatMap(([name, category]) => {
    const events = [...CATALOGUE].flatMap(([one, entry]) =>
      entry.category === category ? [one] : [],
    );
    const isKnown = events.some((one) => names.includes(one));
    return isKnown ? [{ group: 'kind' as const, name, what: `all events of ${name}`, events }] : [];
  });
  return [
    ...STATES.map(([name, what]) => ({ group: 'state' as const, name, what, events: [] })),
    ...kinds,
    ...names.map((name) => {
      const what = CATALOGUE.get(name)?.description ?? '';
      return { group: 'event' as const, name, what, events: [name] };
    }),
  ];
}

export function isItemTicked({ only, ticked }: FilterMode, { group, name, events }: Item): boolean {
  return group === 'state' ? only === name : events.every((one) => ticked.includes(one));
}

/** Ticks or unticks the selected line. */
export function tickItem(mode: FilterMode): FilterMode {
  const item = filterItems(mode)[mode.cursor];
  if (item === undefined) return mode;
  const isTicked = isItemTicked(mode, item);
  if (item.group === 'state') {
    const state = STATES.find(([name]) => name === item.name)?.[0] ?? 'all';
    return { ...mode, only: isTicked ? 'all' : state };
  }
  const others = mode.ticked.filter((one) => !item.events.includes(one));
  return { ...mode, ticked: isTicked ? others : [...others, ...item.events] };
}
