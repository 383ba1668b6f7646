/** The preview's state: which event it shows, when that is loaded, and how far it is scrolled. */

import { panesOf } from './layout.ts';
import { previewLines } from './preview-lines.ts';
import { idOf, shownOf } from './shown.ts';
import type { Message, Preview, State, Step } from './state.ts';

/** Whether the list has a preview on this screen. */
export function hasPreview(state: State): boolean {
  return panesOf(state).preview !== null;
}

/** Whether the keys scroll the preview. */
export function isPreviewFocused(state: State): boolean {
  return state.mode.name === 'list' && state.preview.isFocused && hasPreview(state);
}

export function withPreview(state: State, parts: Partial<Preview>): State {
  return { ...state, preview: { ...state.preview, ...parts } };
}

/** Follows the selection, and asks for the selected event once no request is under way; runs after each change. */
export function previewed(before: State): Step {
  const { mode, list } = before;
  const isList = mode.name === 'list' || ('back' in mode && mode.back.name === 'list');
  if (!isList || !hasPreview(before)) return { state: before, effects: [] };
  const of = idOf(shownOf(list)[list.cursor]);
  const state = scrolled(of === before.preview.of ? before : withPreview(before, { of, top: 0 }));
  const { due, isLoading, asked } = state.preview;
  if (of === null || of === asked || due !== null || isLoading || state.isStopping) {
    return { state, effects: [] };
  }
  return { state: withPreview(state, { due: of }), effects: [{ type: 'preview-soon' }] };
}

/**
 * Requests the event that was due if it is still selected: under a flood that the list follows, each
 * request would cost the thread that receives, and what it finds would not be shown.
 */
export function previewDue(state: State): Step {
  const { due, of } = state.preview;
  const idle = withPreview(state, { due: null });
  if (due === null || due !== of) return { state: idle, effects: [] };
  const loading = withPreview(idle, { isLoading: true, asked: due, isStale: false });
  return { state: loading, effects: [{ type: 'preview', id: due }] };
}

type Result = Extract<Message, { type: 'preview' | 'preview-failed' }>;

/** Takes what a request found. */
export function previewLoaded(state: State, result: Result): State {
  if (!state.preview.isLoading || state.preview.asked !== result.id) return state;
  const found =
    result.type === 'preview'
      ? { detail: result.detail, error: null }
      : { detail: null, error: result.text };
  return withPreview(state, { isLoading: false, ...found });
}

/** Asks again for an event that has changed; at each tick, so that a busy event is read once a second. */
export function previewRenewed(state: State): State {
  return state.preview.isStale ? withPreview(state, { asked: null, isStale: false }) : state;
}

/** Moves the preview's text by `by` lines, not beyond its ends. */
export function previewScrolled(state: State, by: number): State {
  return scrolled(withPreview(state, { top: state.preview.top + by }));
}

/** Keeps the first line within the text. */
function scrolled(state: State): State {
  const { preview } = panesOf(state);
  if (preview === null || state.preview.top === 0) return state;
  const last = Math.max(0, previewLines(state, preview.columns).length - preview.lines);
  const top = Math.min(Math.max(0, state.preview.top), last);
  return top === state.preview.top ? state : withPreview(state, { top });
}
