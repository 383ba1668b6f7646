/** The reducer: a state and a message give the next state and its effects. */

import { learned } from './chat-names.ts';
import { takeEntries } from './entries.ts';
import { helpLines } from './help-lines.ts';
import { pressed } from './keys.ts';
import { layoutOf } from './layout.ts';
import { loaded, notLoaded, renewed } from './list.ts';
import { detailOf, noEffect, settled, withDetail, withList, withMode } from './moves.ts';
import { aged, noticed } from './notices.ts';
import { previewDue, previewed, previewLoaded, previewRenewed } from './preview.ts';
import { type Effect, isLocal, type Message, type State, type Step } from './state.ts';

/** Interval for reading the number of waiting events while there is a target, in ms. */
const FORWARDING_MS = 2000;

/** The state after a message, scrolled so that the selection is on the screen. */
export function step(state: State, message: Message): Step {
  const { state: after, effects } = changed(state, message);
  const { state: shown, effects: more } = previewed(helpInSight(settled(after)));
  return { state: shown, effects: more.length === 0 ? effects : [...effects, ...more] };
}

/** Limits scrolling of the help to its last page. */
function helpInSight(state: State): State {
  const { mode } = state;
  if (mode.name !== 'help') return state;
  const last = Math.max(0, helpLines(state.columns).length - layoutOf(state).body);
  return mode.top <= last ? state : withMode(state, { ...mode, top: last });
}

function changed(state: State, message: Message): Step {
  switch (message.type) {
    case 'entries':
      return takeEntries(state, message.entries);
    case 'key':
      return pressed(state, message.key);
    case 'resize':
      return noEffect({ ...state, columns: message.columns, lines: message.lines });
    case 'tick':
      return ticked(state, message.now);
    case 'page': {
      const { list } = state;
      if (message.generation !== list.generation || list.loading === null) return noEffect(state);
      const names = learned(
        state.names,
        message.page.rows.map(({ event }) => event),
      );
      return noEffect({ ...state, names, list: loaded(list, message.page) });
    }
    case 'page-failed': {
      if (message.generation !== state.list.generation) return noEffect(state);
      return noEffect(noticed({ ...state, list: notLoaded(state.list) }, 'bad', message.text));
    }
    case 'detail': {
      const open = detailOf(state);
      if (open?.id !== message.id) return noEffect(state);
      return noEffect(withDetail(state, { ...open, detail: message.detail, isLoading: false }));
    }
    case 'detail-failed': {
      const open = detailOf(state);
      if (open?.id !== message.id) return noEffect(state);
      const after =
        open.detail === null ? { name: 'list' as const } : { ...open, isLoading: false };
      return noEffect(noticed(withDetail(state, after), 'bad', message.text));
    }
    case 'preview-due':
      return previewDue(state);
    case 'preview':
    case 'preview-failed':
      return noEffect(previewLoaded(state, message));
    case 'qr':
      return noEffect(newCode(state, message));
    case 'scenario-over':
      return noEffect({ ...state, simulation: { over: message.scenario } });
    case 'subscribed': {
      const { events } = message;
      return noEffect(
        noticed({ ...state, subscribed: events }, 'good', `subscribed to ${events.length} events`),
      );
    }
    case 'forwarding':
      return noEffect(forwarding(state, message));
    case 'fixtures': {
      const { mode } = state;
      if (mode.name !== 'trigger') return noEffect(state);
      return noEffect(withMode(state, { ...mode, fixtures: message.fixtures }));
    }
    case 'saved':
    case 'save-failed': {
      const { mode } = state;
      const isIt = mode.name === 'save' && mode.isSaving && mode.id === message.id;
      if (message.type === 'saved') {
        const after = isIt ? withMode(state, mode.back) : state;
        return noEffect(noticed(after, 'good', `saved: ${message.path}`));
      }
      const after = isIt ? withMode(state, { ...mode, isSaving: false }) : state;
      return noEffect(noticed(after, 'bad', message.text));
    }
    case 'notice':
      return noEffect(noticed(state, message.tone, message.text));
  }
}

function ticked(before: State, now: number): Step {
  const due = Math.floor(now / FORWARDING_MS) !== Math.floor(before.now / FORWARDING_MS);
  let state = previewRenewed(aged({ ...before, now }));
  if (state.isStopping) return noEffect(state);
  const effects: Effect[] = [];
  if (due && state.ready.targets.length > 0) effects.push({ type: 'forwarding', pause: null });
  const open = detailOf(state);
  if (open?.isStale && !open.isLoading) {
    state = withDetail(state, { ...open, isStale: false, isLoading: true });
    effects.push({ type: 'detail', id: open.id });
  }
  const { list } = state;
  // Only history can match such a query: reload the list unless the user reads older rows.
  if (!isLocal(list.query) && list.unseen > 0 && list.follow && list.loading === null) {
    const renewing = withList(state, renewed(list));
    return { state: renewing.state, effects: [...effects, ...renewing.effects] };
  }
  return { state, effects };
}

/** Shows a QR code at once, or a notice while the detail or a dialog is open. */
function newCode(state: State, { id, code }: { id: string; code: string }): State {
  if (state.client !== 'qr') return state;
  const { name } = state.mode;
  if (name === 'list' || name === 'qr') return withMode(state, { name: 'qr', id, code });
  return noticed(state, 'info', 'a QR code can be scanned: open its qr event in the list');
}

function forwarding(
  state: State,
  { forwarding: now, byUser }: Extract<Message, { type: 'forwarding' }>,
): State {
  const after = { ...state, forwarding: now };
  if (!byUser) return after;
  return now.isPaused
    ? noticed(after, 'info', 'forwarding is paused: events are stored and wait')
    : noticed(after, 'good', 'forwarding is resumed');
}
