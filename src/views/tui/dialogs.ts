/** The dialogs as lines in a frame: centered, at most 80 columns wide. */

import { CATALOGUE } from '../../eazewa/events.ts';
import { filterItems, isItemTicked } from './filter.ts';
import { type Entry, fixturesOf, foundIn } from './finder.ts';
import { paletteOf } from './keys.ts';
import {
  blank,
  broken,
  cut,
  cutSpans,
  type Line,
  line,
  type Span,
  span,
  tail,
  textOf,
  widthOf,
  widthOfSpans,
} from './line.ts';
import type { ModeOf, State } from './state.ts';

/** A dialog: lines that stay, and below them lines that scroll with the selection. */
export interface Dialog {
  readonly title: string;
  readonly head: readonly Line[];
  readonly lines: readonly Line[];
  /** Index of the selected line; null for none. */
  readonly selected: number | null;
}

const WIDEST = 80;
/** Columns of the frame with its air. */
const FRAME = 4;

/** The dialog of a state; null for none. */
export function dialogOf(state: State): Dialog | null {
  const { mode } = state;
  const width = widthIn(state.columns) - FRAME;
  switch (mode.name) {
    case 'filter':
      return filterDialog(mode);
    case 'subscriptions':
      return subscriptionsDialog(mode);
    case 'save':
      return saveDialog(mode, width);
    case 'palette':
      return finderDialog('Actions', 'Enter runs it', mode, paletteOf(state, mode), width);
    case 'trigger': {
      const title = mode.fixtures === null ? 'Trigger a fixture  …' : 'Trigger a fixture';
      return finderDialog(title, 'Enter triggers it', mode, fixturesOf(mode), width);
    }
    case 'quit':
      return quitDialog(state.forwarding.waiting);
    default:
      return null;
  }
}

function widthIn(columns: number): number {
  return Math.min(WIDEST, columns);
}

/** The lines of a dialog with its frame, at most `height`, each as wide as the screen. */
export function framedLines(dialog: Dialog, columns: number, height: number): Line[] {
  const width = widthIn(columns);
  const inner = Math.max(1, width - FRAME);
  const head = dialog.head.slice(0, Math.max(0, height - 2));
  const room = Math.max(0, height - 2 - head.length);
  const at = dialog.selected ?? 0;
  const highest = Math.max(0, dialog.lines.length - room);
  const top = Math.min(highest, Math.max(0, at - Math.floor(room / 2)));
  const shown = [...head, ...dialog.lines.slice(top, top + room)];
  const selected = dialog.selected === null ? -1 : head.length + at - top;
  const left = ' '.repeat(Math.floor((columns - width) / 2));
  const right = ' '.repeat(Math.max(0, columns - width - left.length));
  const row = (...spans: readonly Span[]) => line(span(left), ...spans, span(right));
  const title = cut(dialog.title, Math.max(0, width - 6));
  const rule = '─'.repeat(Math.max(0, width - widthOf(title) - 5));
  const edge = (text: string) => span(text, 'name');
  return [
    row(edge('╭─ '), span(title, 'title'), edge(` ${rule}╮`)),
    ...shown.map((one, i) => row(edge('│ '), ...filled(one, inner, i === selected), edge(' │'))),
    row(edge(`╰${'─'.repeat(Math.max(0, width - 2))}╯`)),
  ].slice(0, height);
}

/** Spans cut or filled to a width; of the selected line as one, in its look. */
function filled({ spans }: Line, width: number, isSelected: boolean): Span[] {
  if (isSelected) {
    const text = cut(textOf({ spans }), width);
    return [span(text + ' '.repeat(Math.max(0, width - widthOf(text))), 'selected')];
  }
  const kept = cutSpans(spans, width);
  return [...kept, span(' '.repeat(width - widthOfSpans(kept)))];
}

const HEADINGS = { state: 'State', kind: 'Kind', event: 'Event' } as const;

function filterDialog(mode: ModeOf<'filter'>): Dialog {
  const lines: Line[] = [];
  let selected = 0;
  let group = '';
  for (const [i, one] of filterItems(mode).entries()) {
    if (one.group !== group) lines.push(line(span(HEADINGS[one.group], 'title')));
    group = one.group;
    if (i === mode.cursor) selected = lines.length;
    lines.push(item(isItemTicked(mode, one), one.name, one.what));
  }
  const help = 'Enter shows only what is ticked; nothing ticked: all events';
  return { title: 'Filter', head: [line(span(help, 'dim'))], lines, selected };
}

function subscriptionsDialog({ cursor, names, ticked }: ModeOf<'subscriptions'>): Dialog {
  const help = 'Enter: the instance sends the ticked events while this listener runs';
  const lines = names.map((name) =>
    item(ticked.includes(name), name, CATALOGUE.get(name)?.description ?? ''),
  );
  return { title: 'Subscriptions', head: [line(span(help, 'dim'))], lines, selected: cursor };
}

function item(isTicked: boolean, name: string, what: string): Line {
  return line(
    span(isTicked ? '[x] ' : '[ ] ', isTicked ? 'good' : 'dim'),
    span(`${name.padEnd(24)} `, 'name'),
    span(what, 'dim'),
  );
}

/** The input is the first line, so that low terminals show it. */
function saveDialog({ text, isSaving }: ModeOf<'save'>, width: number): Dialog {
  const lines = [
    line(
      span('The file contains the whole event: phone numbers, names, texts, media. ', 'warning'),
      span('Nothing is redacted: check the file before you share it.', 'warning'),
    ),
    line(span('<event>.<variant>, of a-z 0-9 . _ -; saved to ./eazewa-fixtures/', 'dim')),
  ].flatMap((whole) => broken(whole, width, 0));
  const input = line(span('Name: '), ...field(text, width - 7), span(isSaving ? ' …' : '', 'dim'));
  return { title: 'Save as a fixture', head: [input, blank()], lines, selected: null };
}

function field(text: string, width: number): Span[] {
  return [span(tail(text, Math.max(1, width))), span('▏', 'name')];
}

/** The columns of keys, as wide as the widest. */
const KEY = 7;

function finderDialog(
  title: string,
  enter: string,
  { text, cursor }: { text: string; cursor: number },
  entries: readonly (Entry & { readonly why?: string | null })[],
  width: number,
): Dialog {
  const found = foundIn(entries, text);
  const hasKeys = entries.some(({ key }) => key !== '');
  // A palette's names are followed by nothing but a reason, so they need no column.
  const widest = hasKeys ? 0 : Math.max(0, ...entries.map(({ name }) => widthOf(name)));
  const lines = found.map(({ name, key, text: more, why = null }) => {
    const look = why === null ? 'plain' : 'dim';
    const keys = hasKeys ? [span(key.padEnd(KEY), why === null ? 'name' : 'dim')] : [];
    const called = span(`${name}${' '.repeat(Math.max(0, widest - widthOf(name)))}  `, look);
    return line(...keys, called, span(why ?? (hasKeys ? '' : more), 'dim'));
  });
  const input = line(span('› ', 'name'), ...field(text, width - enter.length - 8));
  const gap = ' '.repeat(Math.max(1, width - widthOf(textOf(input)) - enter.length));
  return {
    title,
    head: [line(...input.spans, span(gap), span(enter, 'dim'))],
    lines: lines.length > 0 ? lines : [line(span('Nothing matches.', 'dim'))],
    selected: lines.length > 0 ? Math.min(cursor, lines.length - 1) : null,
  };
}

function quitDialog(waiting: number): Dialog {
  const count = waiting === 1 ? '1 event waits' : `${waiting.toLocaleString('en')} events wait`;
  return {
    title: 'Stop listening?',
    head: [line(span('Enter or q stops and restores the webhook; Esc goes on listening', 'dim'))],
    lines: [
      blank(),
      line(span(`${count} for a target.`, 'warning')),
      line(span('What waits stays stored, and only a replay sends it afterwards:')),
      line(span('  eazewa-hooks events --waiting', 'name')),
    ],
    selected: null,
  };
}
