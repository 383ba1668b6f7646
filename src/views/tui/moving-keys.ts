/** The keys that move, scroll, open and fold. */

import { type Binding, inMode, MOVING, needsEvent, needsPreview } from './binding.ts';
import {
  fold,
  move,
  nextTab,
  noEffect,
  openDetail,
  pageHeight,
  receipts,
  showTab,
  toEnd,
  withMode,
} from './moves.ts';
import { noticed } from './notices.ts';
import { hasPreview, isPreviewFocused, withPreview } from './preview.ts';
import { shownOf } from './shown.ts';
import { type State, TABS } from './state.ts';

function needsReceipts({ list }: State): string | null {
  const one = shownOf(list)[list.cursor];
  const hasSome = one?.kind === 'receipt' || (one?.kind === 'event' && one.receipts.length > 0);
  return hasSome ? null : 'the selected event has no receipts';
}

export const MOVING_KEYS: readonly Binding[] = [
  {
    keys: ['up', 'k'],
    shown: '↑ k',
    help: 'up; from the first row, load older events from history',
    modes: MOVING,
    run: (state) => move(state, -1),
  },
  {
    keys: ['down', 'j'],
    shown: '↓ j',
    help: 'down; from the newest row, follow new events',
    modes: MOVING,
    run: (state) => move(state, 1),
  },
  {
    keys: ['pageup', 'ctrl-b'],
    shown: 'PgUp',
    help: 'page up',
    modes: MOVING,
    run: (state) => move(state, -pageHeight(state)),
  },
  {
    keys: ['pagedown', 'ctrl-f'],
    shown: 'PgDn',
    help: 'page down',
    modes: MOVING,
    run: (state) => move(state, pageHeight(state)),
  },
  {
    keys: ['g', 'home'],
    shown: 'g',
    help: 'first line',
    modes: MOVING,
    run: (state) => toEnd(state, false),
  },
  {
    keys: ['G', 'end'],
    shown: 'G',
    short: 'newest',
    title: 'Follow the newest event',
    help: 'last line; in the list, jump to the newest event and follow new ones',
    modes: ['list'],
    applies: ({ list }) => !list.follow && list.rows.length > 0,
    run: (state) => toEnd(state, true),
  },
  {
    keys: ['G', 'end'],
    shown: 'G',
    modes: MOVING,
    run: (state) => toEnd(state, true),
  },
  {
    keys: ['enter', 'd'],
    shown: 'Enter',
    short: 'detail',
    title: 'Open the event',
    help: 'open the detail of the event (also d)',
    modes: ['list'],
    run: openDetail,
    why: needsEvent,
  },
  {
    keys: ['tab'],
    shown: 'Tab',
    short: 'list',
    ...inMode('list', (state) => noEffect(withPreview(state, { isFocused: false }))),
    applies: isPreviewFocused,
  },
  {
    keys: ['tab'],
    shown: 'Tab',
    short: 'preview',
    title: 'Scroll the preview',
    help: 'beside the list, on a large screen: scroll the preview of the selected event; again: the list',
    ...inMode('list', (state) => noEffect(withPreview(state, { isFocused: true }))),
    applies: (state) => !isPreviewFocused(state),
    why: needsPreview,
  },
  {
    keys: ['z'],
    shown: 'z',
    title: 'Show or hide the preview',
    help: 'show or hide the preview',
    ...inMode('list', (state) => {
      if (hasPreview(state))
        return noEffect(withPreview(state, { isShown: false, isFocused: false }));
      const shown = withPreview(state, { isShown: true });
      return hasPreview(shown)
        ? noEffect(shown)
        : noEffect(noticed(state, 'info', 'the preview needs 110 columns and 28 lines'));
    }),
  },
  {
    keys: ['tab'],
    shown: 'Tab',
    short: 'next tab',
    help: 'next tab (Shift-Tab: previous tab; 1, 2, 3: go to that tab)',
    ...inMode('detail', (state, mode) => nextTab(state, mode, 1)),
  },
  {
    keys: ['shift-tab'],
    shown: 'Shift-Tab',
    ...inMode('detail', (state, mode) => nextTab(state, mode, -1)),
  },
  ...TABS.map(
    (tab, i): Binding => ({
      keys: [String(i + 1)],
      shown: String(i + 1),
      ...inMode('detail', (state, mode) => showTab(state, mode, tab)),
    }),
  ),
  {
    keys: ['right'],
    shown: '→ ←',
    short: 'receipts',
    title: 'Show the receipts of the message',
    help: 'in the list: show or fold the receipts of a message',
    modes: ['list'],
    why: needsReceipts,
    run: receipts('unfold', 'one'),
  },
  {
    keys: ['left'],
    shown: '←',
    modes: ['list'],
    run: receipts('fold', 'one'),
  },
  {
    keys: ['='],
    shown: '=',
    title: 'Show the receipts of all messages',
    help: 'in the list: show the receipts of all messages (-: fold them)',
    modes: ['list'],
    run: receipts('unfold', 'all'),
  },
  {
    keys: ['-'],
    shown: '-',
    title: 'Fold the receipts of all messages',
    modes: ['list'],
    run: receipts('fold', 'all'),
  },
  {
    keys: ['left'],
    shown: '← →',
    help: 'fold or unfold a block of the body (Enter toggles)',
    ...inMode('detail', (state, mode) => fold(state, mode, 'fold')),
  },
  {
    keys: ['right'],
    shown: '→',
    ...inMode('detail', (state, mode) => fold(state, mode, 'unfold')),
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    short: 'QR code',
    help: 'on a qr event: show the QR code for the phone to scan',
    ...inMode('detail', (state, { id, detail }) =>
      detail?.qr ? noEffect(withMode(state, { name: 'qr', id, code: detail.qr })) : noEffect(state),
    ),
    applies: ({ mode }) => mode.name === 'detail' && mode.tab === 'message' && !!mode.detail?.qr,
  },
  {
    keys: ['enter'],
    shown: 'Enter',
    ...inMode('detail', (state, mode) => fold(state, mode, 'toggle')),
  },
];
