/** What the list says where it has no rows: what is missing, and what to do next. */

import { count } from '../../feed/warning.ts';
import { storedText } from '../stored-text.ts';
import { queryText } from './header-lines.ts';
import { panesOf, tailOf } from './layout.ts';
import { blank, broken, type Line, line, span } from './line.ts';
import { isEverything, type Scenario, type State } from './state.ts';

/** The lines of a list without rows. */
export function quietLines(state: State): Line[] {
  const { list } = state;
  const { columns } = panesOf(state).list;
  if (list.loading !== null) return [line(span(' Loading …', 'dim'))];
  return said(state).flatMap((whole) => broken(whole, columns, 1));
}

function said(state: State): Line[] {
  const { list, ready, tunnel, elsewhere, client, subscribed } = state;
  if (!isEverything(list.query)) {
    const words = queryText(list.query);
    return [line(span(` No event matches ${words}. `), span('Esc shows all events.', 'dim'))];
  }
  const wrong = whyNothing({ tunnel, elsewhere, client });
  const name = ready.instanceName ?? `instance ${ready.instanceId}`;
  const [first, second] =
    state.simulation === null
      ? [
          `Nothing has come yet. Send a WhatsApp message to the number of ${name}, and it shows up here.`,
          `subscribed to ${few(subscribed)} · u changes that`,
        ]
      : [
          state.simulation.over === null
            ? 'Nothing has come yet. Press t to send yourself a message.'
            : overText(state.simulation.over),
          `subscribed to ${few(subscribed)} · u changes that`,
        ];
  return [
    ...(wrong === null ? [] : [line(span(` ${wrong}`, 'bad')), blank()]),
    line(span(` ${first}`)),
    line(span(` ${second}`, 'dim')),
    blank(),
    line(span(' ↑ loads earlier events · ? shows all keys', 'dim')),
    ...(ready.newHistory === undefined
      ? []
      : [line(span(` The ${storedText(ready.newHistory)}.`, 'dim'))]),
  ];
}

/** Why nothing can come in; null where something can. */
function whyNothing({
  tunnel,
  elsewhere,
  client,
}: Pick<State, 'tunnel' | 'elsewhere' | 'client'>): string | null {
  if (elsewhere !== null)
    return `✗ Somebody else set the webhook to ${elsewhere}: no event arrives.`;
  if (tunnel?.state === 'down') {
    return `✗ The tunnel is down (${tunnel.reason ?? 'no request arrives'}): no event arrives until it is up.`;
  }
  if (client === 'qr') return '! The instance is not paired: scan its QR code with the phone.';
  if (client === 'disconnected')
    return '✗ The phone is disconnected: the instance gets no messages.';
  return null;
}

function few(names: readonly string[]): string {
  return names.length > 4 ? `${names.length} events` : names.join(', ');
}

/** The line below the rows: newer events, or that the scenario is over; null for none. */
export function tailLine(state: State): Line | null {
  const { list, simulation } = state;
  switch (tailOf(state)) {
    case 'newer': {
      const newer = list.unseen > 0 ? `${list.unseen.toLocaleString('en')} newer` : 'newer events';
      return line(span(`↓ ${newer}: `, 'name'), span('G shows them', 'dim'));
    }
    case 'over':
      return line(span(` ${overText(simulation?.over ?? null)}`, 'dim'));
    default:
      return null;
  }
}

function overText(over: Scenario | null): string {
  if (over === null) return '';
  return `The scenario "${over.name}" is over (${count(over.events, 'event')}). t sends more, q ends.`;
}
