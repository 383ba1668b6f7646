/** What stands in the middle instead of the list: the dialogs and the help, as lines. */

import { CATALOGUE } from '../../eazewa/events.ts';
import { BINDINGS, type Binding } from './keys.ts';
import { blank, broken, type Line, line, span, tail, widthOf } from './line.ts';
import { FILTERS } from './moves.ts';
import type { Mode, State } from './state.ts';

type Of<Name extends Mode['name']> = Extract<Mode, { name: Name }>;

/** Lines of which one is selected, below a title that stays. */
export interface Menu {
  readonly title: Line;
  readonly lines: readonly Line[];
  readonly cursor: number;
}

/** A window of at most `height` lines of a menu, with the selected one in it. */
export function windowOf(
  { lines, cursor }: Menu,
  height: number,
): { top: number; lines: readonly Line[] } {
  const highest = Math.max(0, lines.length - height);
  const top = Math.min(highest, Math.max(0, cursor - Math.floor(height / 2)));
  return { top, lines: lines.slice(top, top + height) };
}

export function filterMenu({ cursor, only, names, wanted }: Of<'filter'>): Menu {
  const lines = [
    ...FILTERS.map((which) => {
      const what =
        which === 'failed'
          ? 'only what a target did not take'
          : 'only what still waits for a target';
      return item(only === which, which, what);
    }),
    ...names.map((name) => eventItem(wanted, name)),
  ];
  return {
    title: line(span('Show only', 'title'), span('  (nothing ticked: all events)', 'dim')),
    lines,
    cursor,
  };
}

export function subscriptionsMenu({ cursor, names, wanted }: Of<'subscriptions'>): Menu {
  const lines = names.map((name) => eventItem(wanted, name));
  const title = line(
    span('What the instance sends here', 'title'),
    span('  (while this listener runs; afterwards it has its own again)', 'dim'),
  );
  return { title, lines, cursor };
}

function eventItem(wanted: readonly string[], name: string): Line {
  return item(wanted.includes(name), name, CATALOGUE.get(name)?.description ?? '');
}

function item(isTicked: boolean, name: string, what: string): Line {
  return line(
    span(isTicked ? ' [x] ' : ' [ ] ', isTicked ? 'good' : 'dim'),
    span(name.padEnd(26), 'name'),
    span(what, 'dim'),
  );
}

/** What is asked before a fixture is saved. What is typed stands where few lines show it as well. */
export function saveLines({ text, isSaving }: Of<'save'>, columns: number): Line[] {
  return [
    line(span('Save as a fixture', 'title'), span(isSaving ? '  …' : '', 'dim')),
    line(span('Name: '), span(tail(text, columns - 7)), span('▏', 'name')),
    blank(),
    ...[
      line(
        span(
          'It will hold all that the event holds: phone numbers, names, texts, media. ',
          'warning',
        ),
        span('They are not taken out yet: look at the file before you share it.', 'warning'),
      ),
      line(span('<event>.<variant>, of a-z 0-9 . _ -; it goes to ./eazewa-fixtures/', 'dim')),
    ].flatMap((whole) => broken(whole, columns, 0)),
  ];
}

/** Every key, from the table. */
export function helpLines(columns: number): Line[] {
  const told = BINDINGS.filter(({ help }) => help !== '');
  const signs = [...told.map(({ shown }) => shown), ...SIGNS.map(([sign]) => sign)];
  const widest = Math.max(...signs.map(widthOf));
  const entry = (sign: string, what: string) =>
    broken(
      line(span(` ${sign}${' '.repeat(widest + 2 - widthOf(sign))}`, 'name'), span(what)),
      columns,
      widest + 3,
    );
  return [
    line(span('Keys', 'title')),
    ...told.flatMap(({ shown, help }) => entry(shown, help)),
    blank(),
    line(span('Signs', 'title')),
    ...SIGNS.flatMap(([sign, what]) => entry(sign, what)),
  ];
}

const SIGNS = [
  ['● proven', 'when something last came in by the public url: then the way in works'],
  ['✓ ✗', 'your targets took the event, or one did not'],
  ['… ·', 'a target has not had it yet; there is no target for it'],
  ['again', 'the same event was received before'],
  ['repeats', 'a message_create for a message, or the other way round'],
  ['ack back', 'the acknowledgement of this message had been higher'],
  ['!', 'not of the shape that the vendor documents: see its detail'],
] as const;

/** Beside what is typed: how to end it. In columns. */
const TYPING_ROOM = 28;

/** The last line: what is typed, or the keys that do something now, as many as there is room for. */
export function footerLine(
  { mode, columns }: Pick<State, 'mode' | 'columns'>,
  bindings: readonly Pick<Binding, 'shown' | 'short'>[],
): Line {
  const spans =
    mode.name === 'search'
      ? [
          span('/', 'name'),
          span(tail(mode.text, Math.max(1, columns - TYPING_ROOM))),
          span('▏', 'name'),
          span('  '),
        ]
      : mode.name === 'copy'
        ? [span('Copy: ', 'title')]
        : [];
  let room = columns - spans.reduce((sum, { text }) => sum + widthOf(text), 0);
  const told = bindings.filter(({ short }) => short !== null);
  const width = ({ shown, short }: (typeof told)[number]) => widthOf(`${shown} ${short}  `);
  const shown = new Set<(typeof told)[number]>();
  // How to get out and how to learn the rest comes before all others.
  for (const binding of told.toSorted((a, b) => Number(isWayOut(b)) - Number(isWayOut(a)))) {
    if (width(binding) - 2 > room) continue;
    room -= width(binding);
    shown.add(binding);
  }
  const last = told.findLast((one) => shown.has(one));
  for (const binding of told.filter((one) => shown.has(one))) {
    const end = binding === last ? '' : '  ';
    spans.push(span(binding.shown, 'name'), span(` ${binding.short}${end}`, 'dim'));
  }
  return { spans };
}

function isWayOut({ shown }: Pick<Binding, 'shown'>): boolean {
  return ['?', 'q', 'Esc', 'Ctrl-C'].includes(shown);
}
