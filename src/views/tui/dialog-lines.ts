/** The dialogs, the help and the footer as lines. */

import { CATALOGUE } from '../../eazewa/events.ts';
import { BINDINGS, type Binding } from './keys.ts';
import { blank, broken, type Line, line, span, tail, widthOf } from './line.ts';
import { FILTERS } from './moves.ts';
import type { Mode, State } from './state.ts';

type Of<Name extends Mode['name']> = Extract<Mode, { name: Name }>;

/** Selectable lines below a title that does not scroll. */
export interface Menu {
  readonly title: Line;
  readonly lines: readonly Line[];
  readonly cursor: number;
}

/** At most `height` lines of a menu around the selected line. */
export function windowOf(
  { lines, cursor }: Menu,
  height: number,
): { top: number; lines: readonly Line[] } {
  const highest = Math.max(0, lines.length - height);
  const top = Math.min(highest, Math.max(0, cursor - Math.floor(height / 2)));
  return { top, lines: lines.slice(top, top + height) };
}

export function filterMenu({ cursor, only, names, ticked }: Of<'filter'>): Menu {
  const lines = [
    ...FILTERS.map((which) => {
      const what =
        which === 'failed'
          ? 'only events that failed at a target'
          : 'only events that wait for a target';
      return item(only === which, which, what);
    }),
    ...names.map((name) => eventItem(ticked, name)),
  ];
  return {
    title: line(span('Show only', 'title'), span('  (nothing ticked: all events)', 'dim')),
    lines,
    cursor,
  };
}

export function subscriptionsMenu({ cursor, names, ticked }: Of<'subscriptions'>): Menu {
  const lines = names.map((name) => eventItem(ticked, name));
  const title = line(
    span('Subscriptions', 'title'),
    span('  (events that the instance sends while this listener runs)', 'dim'),
  );
  return { title, lines, cursor };
}

function eventItem(ticked: readonly string[], name: string): Line {
  return item(ticked.includes(name), name, CATALOGUE.get(name)?.description ?? '');
}

function item(isTicked: boolean, name: string, what: string): Line {
  return line(
    span(isTicked ? ' [x] ' : ' [ ] ', isTicked ? 'good' : 'dim'),
    span(name.padEnd(26), 'name'),
    span(what, 'dim'),
  );
}

/** The dialog that asks for a fixture's name. The input is the second line, so that low terminals show it. */
export function saveLines({ text, isSaving }: Of<'save'>, columns: number): Line[] {
  return [
    line(span('Save as a fixture', 'title'), span(isSaving ? '  …' : '', 'dim')),
    line(span('Name: '), span(tail(text, columns - 7)), span('▏', 'name')),
    blank(),
    ...[
      line(
        span('The file contains the whole event: phone numbers, names, texts, media. ', 'warning'),
        span('Nothing is redacted: check the file before you share it.', 'warning'),
      ),
      line(span('<event>.<variant>, of a-z 0-9 . _ -; saved to ./eazewa-fixtures/', 'dim')),
    ].flatMap((whole) => broken(whole, columns, 0)),
  ];
}

/** The help: every key of the table that has a help text, and every sign of the list. */
export function helpLines(columns: number): Line[] {
  const listed = BINDINGS.filter(({ help }) => help !== '');
  const signs = [...listed.map(({ shown }) => shown), ...SIGNS.map(([sign]) => sign)];
  const widest = Math.max(...signs.map(widthOf));
  const entry = (sign: string, what: string) =>
    broken(
      line(span(` ${sign}${' '.repeat(widest + 2 - widthOf(sign))}`, 'name'), span(what)),
      columns,
      widest + 3,
    );
  return [
    line(span('Keys', 'title')),
    ...listed.flatMap(({ shown, help }) => entry(shown, help)),
    blank(),
    line(span('Signs', 'title')),
    ...SIGNS.flatMap(([sign, what]) => entry(sign, what)),
  ];
}

const SIGNS = [
  ['● proven', 'time since a request last arrived through the ingress'],
  ['✓ ✗', 'delivered to every target; failed at a target'],
  ['… ○', 'waits for a target; held: only a replay (r) sends it'],
  ['·', 'no target for this event'],
  ['again', 'duplicate: the same event was received before'],
  ['repeats', 'the message_create of a message, or the other way round'],
  ['ack back', 'the message already had a higher acknowledgement'],
  ['!', 'deviates from the documented shape: see its detail'],
] as const;

/** Columns that the keys need beside the search input. */
const TYPING_ROOM = 28;

/** The last line of the screen: the search input, and as many of the current keys as fit. */
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
  const listed = bindings.filter(({ short }) => short !== null);
  const width = ({ shown, short }: (typeof listed)[number]) => widthOf(`${shown} ${short}  `);
  const shown = new Set<(typeof listed)[number]>();
  // Keys that leave and the help come first when there is little room.
  for (const binding of listed.toSorted((a, b) => Number(isExitKey(b)) - Number(isExitKey(a)))) {
    if (width(binding) - 2 > room) continue;
    room -= width(binding);
    shown.add(binding);
  }
  const last = listed.findLast((one) => shown.has(one));
  for (const binding of listed.filter((one) => shown.has(one))) {
    const end = binding === last ? '' : '  ';
    spans.push(span(binding.shown, 'name'), span(` ${binding.short}${end}`, 'dim'));
  }
  return { spans };
}

function isExitKey({ shown }: Pick<Binding, 'shown'>): boolean {
  return ['?', 'q', 'Esc', 'Ctrl-C'].includes(shown);
}
