/** The preview as lines: the message as a person reads it, its timeline, the app's answer, the request. */

import { name } from '../../eazewa/phrases.ts';
import type { EventEntry } from '../../feed/feed.ts';
import type { Detail, DetailAttempt } from '../../feed/pages.ts';
import { queryWords } from '../../platform/folded-text.ts';
import { localTime } from '../../platform/local-time.ts';
import { type Who, whoOf } from './chat-names.ts';
import { ackLine, markLines, outcomeSpans, unsentLines } from './detail-lines.ts';
import { hintFor } from './hint.ts';
import { deepBlocks, jsonLines } from './json-lines.ts';
import {
  blank,
  broken,
  type Line,
  line,
  marked,
  type Span,
  span,
  textOf,
  widthOf,
} from './line.ts';
import { shownOf } from './shown.ts';
import type { State } from './state.ts';

/** Most lines of the app's answer; `Enter` shows all of it. */
const ANSWER_LINES = 8;
/** Most events of the timeline; the newest stay. */
const TIMELINE_LINES = 5;
/** Lines longer than this are cut, in UTF-16 units. */
const LONGEST = 8 * 1024;

/** Cache of the last result: keys and frames request the same lines repeatedly. */
let last: { event: EventEntry; detail: Detail | null; key: string; lines: Line[] } | null = null;

/** The lines of the selected event, at most `columns` wide; those of its row until it is loaded. */
export function previewLines({ list, names, preview }: State, columns: number): Line[] {
  const shown = shownOf(list)[list.cursor];
  if (shown === undefined || shown.kind === 'outage')
    return [line(span(' No event is selected.', 'dim'))];
  const { event } = shown.row;
  const detail = preview.detail?.event.id === event.id ? preview.detail : null;
  const error = preview.asked === event.id ? preview.error : null;
  const who = whoOf(event, names);
  const { search } = list.query;
  const key = JSON.stringify([columns, error, who, search]);
  if (last?.event === event && last.detail === detail && last.key === key) return last.lines;
  const width = Math.max(8, columns - 2);
  const words = queryWords(search);
  const lines = [titled(people(event, who, detail), event, width), blank()]
    .concat(detail === null ? unloaded(event, error) : linesOf(detail))
    .flatMap((whole) => broken({ spans: marked(whole.spans.map(short), words) }, width));
  const inset = lines.map(({ spans }) => line(span(' '), ...spans));
  last = { event, detail, key, lines: inset };
  return inset;
}

function short({ text, look }: Span): Span {
  return text.length <= LONGEST ? { text, look } : { text: `${text.slice(0, LONGEST)}…`, look };
}

/** What the row has, until the rest is loaded. */
function unloaded({ summary }: EventEntry, error: string | null): Line[] {
  return [said(summary), ...(error === null ? [] : [blank(), line(span(error, 'warning'))])];
}

function linesOf(detail: Detail): Line[] {
  const sections = [timeline(detail), answers(detail), request(detail)];
  return [
    ...(detail.text ?? detail.event.summary).split(/\r?\n/).map(said),
    ...(detail.text === null ? [] : file(detail)),
    ...markLines(detail),
    ...sections.flatMap((section) => (section.length === 0 ? [] : [blank(), ...section])),
  ];
}

function said(text: string): Line {
  return line(span(`  ${text}`));
}

/** A caption stands without its file in the text, so the file is named below it. */
function file({ facts }: Detail): Line[] {
  const parts = ['media type', 'file', 'size', 'duration'].flatMap((wanted) => {
    const found = facts.find(([called]) => called === wanted);
    return found === undefined ? [] : [found[1]];
  });
  return parts.length === 0 ? [] : [line(span(`  ${parts.join('  ')}`, 'dim'))];
}

/** The first line: who, and at the right when. */
function titled(who: readonly Span[], { at }: EventEntry, width: number): Line {
  const time = localTime(at).slice(-8);
  const gap = width - widthOf(textOf(line(...who))) - time.length;
  return gap < 1 ? line(...who) : line(...who, span(' '.repeat(gap)), span(time, 'dim'));
}

/** Who as in the list, with the number of a group's member once it is loaded; of an own message, to whom it goes. */
function people(event: EventEntry, who: Who, detail: Detail | null): Span[] {
  if (who.name === '') return [span(event.event, 'title')];
  if (event.direction === 'out') return [span(`to ${who.name}`, 'title'), ...aside(who.aside)];
  const author = detail?.facts.find(([called]) => called === 'author')?.[1];
  const number = author === undefined ? '' : name(author);
  return [
    span(who.name, 'title'),
    ...aside(number === who.name ? '' : number),
    ...aside(who.aside),
  ];
}

function aside(text: string): Span[] {
  return text === '' ? [] : [span(`  ${text}`, 'dim')];
}

type Moment = Detail['timeline'][number];

/** The acknowledgements on the title's line, below it the other events of the message. */
function timeline({ event, timeline: all }: Detail): Line[] {
  // The copy of a message says the same once more.
  const isNews = ({ ack, summary }: Moment, before: Moment | undefined) =>
    ack === null && summary !== event.summary && summary !== before?.summary;
  const others = all.filter(
    (one, i) => one.id !== event.id && (one.odd !== null || isNews(one, all[i - 1])),
  );
  const [acks] = ackLine(all);
  if (acks === undefined && others.length === 0) return [];
  return [
    line(span('Timeline', 'title'), ...(acks?.spans ?? [])),
    ...others
      .slice(-TIMELINE_LINES)
      .map(({ at, summary, odd }) =>
        line(
          span(`  ${localTime(at).slice(-8)}  `, 'dim'),
          span(summary),
          ...(odd === null ? [] : [span(`  ! ${odd}`, 'warning')]),
        ),
      ),
  ];
}

/** The last answer of each target, with a hint where one helps. */
function answers(detail: Detail): Line[] {
  const newest = new Map(detail.attempts.map((attempt) => [attempt.entry.target, attempt]));
  return [...[...newest.values()].flatMap(answer), ...unsentLines(detail)];
}

function answer({ entry, body }: DetailAttempt): Line[] {
  const { target, error } = entry;
  const hint = hintFor(entry);
  const all = body.trimEnd().split('\n');
  const shown = body.trim() === '' ? [] : all.slice(0, ANSWER_LINES);
  return [
    line(
      span('Your app  ', 'title'),
      span(`POST ${target.replace(/^https?:\/\//, '')}  `),
      ...outcomeSpans(entry),
    ),
    ...(error === null ? [] : [line(span(`  ${error}`, 'bad'))]),
    ...(hint === null ? [] : [line(span(`  → ${hint}`, 'warning'))]),
    ...shown.map((text) => line(span(`  ${text}`))),
    ...(all.length > ANSWER_LINES ? [line(span('  … Enter shows all of it', 'dim'))] : []),
  ];
}

function request({ event, headers, body, isCut }: Detail): Line[] {
  const type = headers.find((header) => header.name.toLowerCase() === 'content-type')?.value ?? '';
  const title = line(
    span('Request  ', 'title'),
    span(`${type}  ${event.size.toLocaleString('en')} bytes  ${event.id}`, 'dim'),
  );
  const rest = isCut ? [line(span('  … Enter shows more of it', 'dim'))] : [];
  const whole = jsonLines(body, deepBlocks(body));
  return [title, ...whole.map(({ spans }) => line(span('  '), ...spans)), ...rest];
}
