/** The preview as lines: the message as a person reads it, its timeline, the app's answer, the request. */

import { name } from '../../eazewa/phrases.ts';
import type { EventEntry } from '../../feed/feed.ts';
import type { Detail, DetailAttempt } from '../../feed/pages.ts';
import { localTime } from '../../platform/local-time.ts';
import { ackLine, markLines, outcomeSpans, unsentLines } from './detail-lines.ts';
import { hintFor } from './hint.ts';
import { deepBlocks, jsonLines } from './json-lines.ts';
import { blank, broken, type Line, line, type Span, span, textOf, widthOf } from './line.ts';
import { shownOf } from './shown.ts';
import type { State } from './state.ts';

/** Most lines of the app's answer; `Enter` shows all of it. */
const ANSWER_LINES = 8;
/** Most events of the timeline, newest last. */
const MOMENTS = 5;
/** Lines longer than this are cut, in UTF-16 units. */
const LONGEST = 8 * 1024;

/** Cache of the last result: keys and frames request the same lines repeatedly. */
let last: { event: EventEntry; detail: Detail | null; key: string; lines: Line[] } | null = null;

/** The lines of the selected event, at most `columns` wide; those of its row until it is loaded. */
export function previewLines({ list, preview }: State, columns: number): Line[] {
  const shown = shownOf(list)[list.cursor];
  if (shown === undefined || shown.kind === 'outage')
    return [line(span(' No event is selected.', 'dim'))];
  const { event } = shown.row;
  const detail = preview.detail?.event.id === event.id ? preview.detail : null;
  const error = preview.asked === event.id ? preview.error : null;
  const key = `${columns} ${error}`;
  if (last?.event === event && last.detail === detail && last.key === key) return last.lines;
  const width = Math.max(8, columns - 2);
  const lines = linesOf(event, detail, error, width).flatMap((whole) =>
    broken({ spans: whole.spans.map(short) }, width),
  );
  const inset = lines.map(({ spans }) => line(span(' '), ...spans));
  last = { event, detail, key, lines: inset };
  return inset;
}

function short({ text, look }: Span): Span {
  return text.length <= LONGEST ? { text, look } : { text: `${text.slice(0, LONGEST)}…`, look };
}

function linesOf(
  event: EventEntry,
  detail: Detail | null,
  error: string | null,
  width: number,
): Line[] {
  if (detail === null) {
    const state = error === null ? [] : [blank(), line(span(error, 'warning'))];
    return [
      titled([span(event.event, 'title')], event, width),
      blank(),
      said(event.summary),
      ...state,
    ];
  }
  const sections = [timeline(detail), answers(detail), request(detail)];
  return [
    titled(people(detail), event, width),
    blank(),
    ...(detail.text ?? event.summary).split(/\r?\n/).map(said),
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

/** The name of the other side with its number; of an own message, to whom it goes. */
function people({ event, facts }: Detail): Span[] {
  const fact = (wanted: string) => facts.find(([called]) => called === wanted)?.[1] ?? null;
  const [chat, from, author, called] = ['chat', 'from', 'author', 'called'].map(fact);
  if (chat == null) return [span(event.event, 'title')];
  if (from != null && from !== chat) return [span(`to ${name(chat)}`, 'title')];
  const number = name(author ?? chat);
  const place = author == null || author === chat ? '' : ` in ${name(chat)}`;
  return called == null
    ? [span(number, 'title'), span(place, 'dim')]
    : [span(called, 'title'), span(`  ${number}${place}`, 'dim')];
}

/** How far the message came on the title's line, and below it what else happened to it. */
function timeline({ event, timeline: all }: Detail): Line[] {
  const others = all.filter(
    ({ id, ack, odd }) => id !== event.id && id !== event.repeats && (ack === null || odd !== null),
  );
  const [acks] = ackLine(all);
  if (acks === undefined && others.length === 0) return [];
  return [
    line(span('Timeline', 'title'), ...(acks?.spans ?? [])),
    ...others
      .slice(-MOMENTS)
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
