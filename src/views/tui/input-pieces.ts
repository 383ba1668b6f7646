/** Splits a terminal's input into characters and whole escape sequences, across chunk borders. */

/**
 * A piece of input. `character` is one code point, controls included; `sequence` is a CSI sequence
 * (`ESC [ parameters final`) or, with `isSs3`, one that begins with `ESC O`; `escape` is the Esc key.
 */
export type Piece =
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'escape' }
  | {
      readonly kind: 'sequence';
      readonly isSs3: boolean;
      readonly parameters: string;
      readonly final: string;
    };

/** Splits the input of one terminal. */
export interface Splitter {
  /** Takes a chunk and returns the pieces that are complete, in order. */
  take(text: string): Piece[];
  /** Ends an unfinished piece after a timeout: a lone ESC is the Esc key, the rest is dropped. */
  giveUp(): Piece[];
  /** The unfinished piece: none, an ESC that may be the key, or a sequence. */
  pending(): 'nothing' | 'escape' | 'sequence';
}

const ESC = '\u001b';
const BEL = '\u0007';
/** Introducers of a string that ends with BEL or ESC: DCS, SOS, OSC, PM, APC. */
const STRING = /^[PX\]^_]$/;
const CONTROL = /^[\p{Cc}]$/u;
const PARAMETER = /^[\x20-\x3f]$/;
const FINAL = /^[\x40-\x7e]$/;

/** Longest parameters stored; no sequence of a key has longer ones. */
const MAX_PARAMETERS = 64;

/** The splitter's state: `skip` drops `left` more characters, `string` drops all up to its end. */
type State =
  | { at: 'text' }
  | { at: 'string' }
  | { at: 'escape'; isDouble: boolean; endsString: boolean }
  | { at: 'sequence'; isSs3: boolean; parameters: string }
  | { at: 'skip'; left: number };

const TEXT: State = { at: 'text' };

/**
 * A splitter for the grammar of ECMA-48, plus `ESC O letter`, the Linux console's `ESC [ [ A`, and X10
 * mouse reports (`ESC [ M` and three characters). ESC and a character are two keys, not Alt: over a slow
 * line Esc and the next key arrive together. Strings (answers about colours and the like) are dropped.
 * A control character ends any unfinished piece, so that Ctrl-C works in every state.
 */
export function inputSplitter(): Splitter {
  let state: State = TEXT;

  function step(character: string, pieces: Piece[]): void {
    if (character === ESC) {
      // Two ESC may begin Alt-arrow (ESC and the arrow's sequence), so neither is the key yet.
      const before = state.at === 'escape' ? state : null;
      if (before?.isDouble) pieces.push({ kind: 'escape' });
      state = { at: 'escape', isDouble: before !== null, endsString: state.at === 'string' };
      return;
    }
    const isIntroducer = character === '[' || character === 'O' || STRING.test(character);
    if (state.at === 'escape' && !isIntroducer) {
      const { isDouble, endsString } = state;
      state = TEXT;
      if (endsString && character === '\\') return;
      if (isDouble) pieces.push({ kind: 'escape' });
      pieces.push({ kind: 'escape' });
    }
    if (state.at === 'text' || CONTROL.test(character)) {
      if (!(state.at === 'string' && character === BEL)) {
        pieces.push({ kind: 'character', text: character });
      }
      state = TEXT;
      return;
    }
    if (state.at === 'string') return;
    if (state.at === 'skip') {
      state = state.left > 1 ? { at: 'skip', left: state.left - 1 } : TEXT;
      return;
    }
    if (state.at === 'escape') {
      if (character === '[' || character === 'O') {
        state = { at: 'sequence', isSs3: character === 'O', parameters: '' };
        return;
      }
      if (state.isDouble) pieces.push({ kind: 'escape' });
      state = { at: 'string' };
      return;
    }
    state = nextInSequence(state, character, pieces);
  }

  return {
    take(text) {
      const pieces: Piece[] = [];
      for (const character of text) step(character, pieces);
      return pieces;
    },
    giveUp() {
      const pieces: Piece[] = state.at === 'escape' ? [{ kind: 'escape' }] : [];
      if (state.at === 'escape' && state.isDouble) pieces.push({ kind: 'escape' });
      state = TEXT;
      return pieces;
    },
    pending() {
      if (state.at === 'text') return 'nothing';
      return state.at === 'escape' ? 'escape' : 'sequence';
    },
  };
}

/** The state after one more character of a sequence; adds the sequence to `pieces` at its end. */
function nextInSequence(
  state: Extract<State, { at: 'sequence' }>,
  character: string,
  pieces: Piece[],
): State {
  const { isSs3, parameters } = state;
  if (PARAMETER.test(character)) {
    return parameters.length < MAX_PARAMETERS
      ? { ...state, parameters: parameters + character }
      : state;
  }
  if (!isSs3 && parameters === '' && (character === 'M' || character === '[')) {
    return { at: 'skip', left: character === 'M' ? 3 : 1 };
  }
  if (FINAL.test(character)) {
    pieces.push({ kind: 'sequence', isSs3, parameters, final: character });
  }
  return TEXT;
}
