/** The tabs of an event's detail as lines: message with timeline, request, attempts. */

import { ACKS } from '../../eazewa/facts.ts';
import { WRONGLY_SIGNED } from '../../eazewa/signature.ts';
import type { Detail, DetailAttempt, Header } from '../../feed/pages.ts';
import { queryWords } from '../../platform/folded-text.ts';
import { localTime } from '../../platform/local-time.ts';
import { hintFor } from './hint.ts';
import { jsonLines } from './json-lines.ts';
import { blank, broken, type Line, line, marked, type Span, span } from './line.ts';
import type { DetailMode, Tab } from './state.ts';

type Shown = Pick<DetailMode, 'tab' | 'folded' | 'find'>;

interface Cached {
  readonly detail: Detail;
  readonly key: string;
  readonly folded: ReadonlySet<number>;
  readonly lines: Line[];
}

/** Cache of each tab's last result: keys and frames request the same lines repeatedly. */
const last = new Map<Tab, Cached>();

/** The lines of a tab, at most `width` columns wide. */
export function detailLines(detail: Detail, { tab, folded, find }: Shown, width: number): Line[] {
  const key = `${width} ${find}`;
  const cached = last.get(tab);
  if (cached?.detail === detail && cached.key === key && cached.folded === folded) {
    return cached.lines;
  }
  const words = queryWords(find);
  const lines = TABS[tab](detail, folded).flatMap((whole) =>
    broken({ ...whole, spans: marked(shortened(whole.spans), words) }, width),
  );
  last.set(tab, { detail, key, folded, lines });
  return lines;
}

/** Longest line before it is cut, in UTF-16 units: more than the longest message. */
const LONGEST_LINE = 72 * 1024;

function shortened(spans: readonly Span[]): readonly Span[] {
  let left = LONGEST_LINE;
  if (spans.reduce((sum, { text }) => sum + text.length, 0) <= left) return spans;
  const kept: Span[] = [];
  for (const { text, look } of spans) {
    kept.push({ text: text.slice(0, left), look });
    left -= text.length;
    if (left <= 0) break;
  }
  return [...kept, span(' … cut', 'dim')];
}

/** Indexes of the lines with a hit of the search. */
export function hitLines(lines: readonly Line[]): number[] {
  return lines.flatMap(({ spans }, i) => (spans.some(({ look }) => look === 'hit') ? [i] : []));
}

const TABS: Readonly<Record<Tab, (detail: Detail, folded: ReadonlySet<number>) => Line[]>> = {
  message: messageLines,
  request: requestLines,
  attempts: attemptsLines,
};

function messageLines(detail: Detail): Line[] {
  const { event, facts, timeline } = detail;
  const widest = Math.max(0, ...facts.map(([name]) => name.length));
  return [
    line(span(event.summary, 'title')),
    ...markLines(detail),
    ...unsentLines(detail),
    blank(),
    ...facts.map(([name, value]) => line(span(name.padEnd(widest + 2), 'key'), span(value))),
    ...(timeline.length === 0
      ? []
      : [blank(), line(span('Timeline', 'title')), ...timelineLines(detail), ...ackLine(timeline)]),
  ];
}

/** A line for each mark of the event and for each deviation from the documented shape, and whether it is signed. */
export function markLines({ event }: Detail): Line[] {
  const { duplicateOf, repeats, ackWentBack, issues, signature } = event;
  const isWrong = signature === 'wrongly-signed';
  const marks = [
    isWrong && WRONGLY_SIGNED,
    duplicateOf !== null && `duplicate of ${duplicateOf}`,
    ackWentBack && 'the message already had a higher acknowledgement',
    ...issues,
  ].filter((mark) => mark !== false);
  return [
    ...(signature === undefined || isWrong ? [] : [line(span(signature, 'dim'))]),
    // Every message comes twice, so this is no warning.
    ...(repeats === null ? [] : [line(span(`repeats ${repeats}`, 'dim'))]),
    ...marks.map((mark) => line(span(`! ${mark}`, 'warning'))),
  ];
}

function timelineLines({ event, timeline }: Detail): Line[] {
  return timeline.map(({ id, at, event: name, summary, odd }) =>
    line(
      span(id === event.id ? '▸ ' : '  ', 'name'),
      span(`${localTime(at)}  `, 'dim'),
      span(`${name}  `, 'name'),
      span(summary),
      ...(odd === null ? [] : [span(`  ! ${odd}`, 'warning')]),
    ),
  );
}

/** The acknowledgements that a message reached, as one line; nothing without any. */
export function ackLine(timeline: Detail['timeline']): Line[] {
  const acks = timeline.flatMap(({ ack, at }) => (ack === null ? [] : [{ ack, at }]));
  if (acks.length === 0) return [];
  if (acks.some(({ ack }) => ack < 0)) return [line(span('  ✗ could not be sent', 'bad'))];
  const highest = Math.max(...acks.map(({ ack }) => ack));
  const rungs = ACKS.slice(1).flatMap((name, i): Span[] => {
    const first = acks.find(({ ack }) => ack >= i + 1);
    const sign = i + 1 <= highest ? '✓' : '·';
    const time = first === undefined ? '' : ` ${localTime(first.at).slice(-8)}`;
    return [
      span(i === 0 ? '  ' : ' → ', 'dim'),
      span(`${sign} ${name}${time}`, i + 1 <= highest ? 'good' : 'dim'),
    ];
  });
  return [line(...rungs)];
}

function requestLines(
  { headers, body, isCut, event }: Detail,
  folded: ReadonlySet<number>,
): Line[] {
  const rest = isCut
    ? [blank(), line(span(`… cut; whole: eazewa-hooks events show ${event.id} --raw`, 'dim'))]
    : [];
  return [...headerLines(headers), blank(), ...jsonLines(body, folded), ...rest];
}

function headerLines(headers: readonly Header[]): Line[] {
  return headers.map(({ name, value }) => line(span(`${name}: `, 'dim'), span(value)));
}

/** A line for each target without an attempt: waiting, held, or which filter skipped it. */
export function unsentLines({ event }: Detail): Line[] {
  return event.targets.flatMap(({ url, outcome, reason }) => {
    switch (outcome) {
      case 'waiting':
        return [line(span(`… waits for ${url}`, 'warning'))];
      case 'held':
        return [line(span(`○ held for ${url}: r sends it`, 'warning'))];
      case 'skipped':
        return [line(span(`· not sent to ${url}${reason ? ` (${reason})` : ''}`, 'dim'))];
      default:
        return [];
    }
  });
}

function attemptsLines(detail: Detail): Line[] {
  const { attempts } = detail;
  const unsent = unsentLines(detail);
  if (attempts.length === 0) {
    return unsent.length > 0
      ? unsent
      : [
          line(
            span(
              'No attempt: the event had no target. r sends it to the targets of this listener.',
              'dim',
            ),
          ),
        ];
  }
  return [
    ...unsent,
    ...attempts.flatMap((attempt, i) => [...(i === 0 ? [] : [blank()]), ...attemptLines(attempt)]),
  ];
}

/** The status and the duration of an attempt. */
export function outcomeSpans({ status, outcome, durationMs }: DetailAttempt['entry']): Span[] {
  const isDelivered = outcome === 'delivered';
  return [
    span(
      status === null ? '✗ no answer' : `${isDelivered ? '✓' : '✗'} ${status}`,
      isDelivered ? 'good' : status === 404 ? 'dim' : 'bad',
    ),
    span(`  ${Math.round(durationMs)} ms`, 'dim'),
  ];
}

function attemptLines({ entry, headers, body }: DetailAttempt): Line[] {
  const { number, replay, at, target, error } = entry;
  const hint = hintFor(entry);
  return [
    line(
      span(`${replay ? 'replay' : 'attempt'} ${number}  `, 'title'),
      span(`${localTime(at)}  `, 'dim'),
      span(`POST ${target}  `),
      ...outcomeSpans(entry),
    ),
    ...(error === null ? [] : [line(span(error, 'bad'))]),
    ...(hint === null ? [] : [line(span(`→ ${hint}`, 'warning'))]),
    ...headerLines(headers),
    ...(body === ''
      ? []
      : [
          blank(),
          ...body
            .trimEnd()
            .split('\n')
            .map((text) => line(span(text))),
        ]),
  ];
}
