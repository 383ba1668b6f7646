/** The help and the footer as lines. */

import type { Binding } from './binding.ts';
import { BINDINGS } from './keys.ts';
import { blank, broken, type Line, line, span, tail, widthOf, widthOfSpans } from './line.ts';
import type { State } from './state.ts';

/** The help: every key of the table that has a help text, and every sign of the list. */
export function helpLines(columns: number): Line[] {
  const keys = BINDINGS.flatMap(({ shown, help }) =>
    help === undefined ? [] : [[shown, help] as const],
  );
  const widest = Math.max(...[...keys, ...SIGNS].map(([sign]) => widthOf(sign)));
  const entry = (sign: string, what: string) =>
    broken(
      line(span(` ${sign}${' '.repeat(widest + 2 - widthOf(sign))}`, 'name'), span(what)),
      columns,
      widest + 3,
    );
  return [
    line(span('Keys', 'title')),
    ...keys.flatMap(([shown, help]) => entry(shown, help)),
    blank(),
    line(span('Signs', 'title')),
    ...SIGNS.flatMap(([sign, what]) => entry(sign, what)),
  ];
}

const SIGNS = [
  ['● up', 'the tunnel brings requests here'],
  ['✓ ✗', 'delivered to every target; failed at a target (dim: the app answered 404)'],
  ['… ○', 'waits for a target; held: only a replay (r) sends it'],
  ['·', 'no target for this event'],
  ['← →', 'came in; went out from the instance'],
  ['✓✓ read', 'the highest receipt of a message: sent, delivered, read, played'],
  ['1/2', 'targets that have the event, of those that get it'],
  ['≠', 'wrongly signed: see its detail'],
  ['!', 'deviates from the documented shape: see its detail'],
  ['=', 'duplicate: the same event was received before'],
  ['↓', 'the message already had a higher acknowledgement'],
  ['↻ +', 'made by a replay; recovered from the API after an outage'],
  ['≈', 'copy of a message: the message_create of a message, or the other way round'],
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
  let room = columns - widthOfSpans(spans);
  const listed = bindings.filter(({ short }) => short !== undefined);
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
