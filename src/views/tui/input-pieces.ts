/** What a terminal sends, taken apart: characters and whole escape sequences, however the chunks are cut. */

/**
 * A piece of input. `character` is one code point, controls among them; `sequence` is a CSI sequence
 * (`ESC [ parameters final`) or, with `isSs3`, one that began with `ESC O`; `escape` is the key.
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

/** Takes input apart; one for each terminal. */
export interface Splitter {
  /** The pieces that are whole now, in order. */
  take(text: string): Piece[];
  /** Nothing came for a while: what has begun is not going on. A lone ESC was the key; the rest is nothing. */
  giveUp(): Piece[];
  /** What has begun: nothing, an ESC that may be the key, or a sequence. */
  pending(): 'nothing' | 'escape' | 'sequence';
}

const ESC = '\u001b';
const BEL = '\u0007';
/** What opens a string that ends with BEL or ESC: DCS, SOS, OSC, PM, APC. */
const STRING = /^[PX\]^_]$/;
const CONTROL = /^[\p{Cc}]$/u;
const PARAMETER = /^[\x20-\x3f]$/;
const FINAL = /^[\x40-\x7e]$/;

/** No sequence that means a key has longer parameters; those of longer ones are not kept. */
const MAX_PARAMETERS = 64;

/** Where the splitter stands: `skip` leaves out so many characters more, `string` all up to its end. */
type State =
  | { at: 'text' }
  | { at: 'string' }
  | { at: 'escape'; isDouble: boolean; endsString: boolean }
  | { at: 'sequence'; isSs3: boolean; parameters: string }
  | { at: 'skip'; left: number };

const TEXT: State = { at: 'text' };

/**
 * A splitter by the grammar of ECMA-48, with what terminals send beside it: `ESC O` and a letter, the
 * Linux console's `ESC [ [ A`, and X10 mouse reports (`ESC [ M` and three characters). A character right
 * after an ESC is one: over a slow line Esc and the next key come together, and Alt means nothing here.
 * All strings are left out (answers to questions about colours and the like).
 * A control ends whatever had begun and counts, so that Ctrl-C is heard in any state.
 */
export function inputSplitter(): Splitter {
  let state: State = TEXT;

  function step(character: string, pieces: Piece[]): void {
    if (character === ESC) {
      // Only the second ESC of two is the key by itself: Alt-arrow is ESC and the arrow's sequence.
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
    const { isSs3, parameters } = state;
    if (PARAMETER.test(character)) {
      if (parameters.length < MAX_PARAMETERS) state.parameters += character;
    } else if (!isSs3 && parameters === '' && (character === 'M' || character === '[')) {
      state = { at: 'skip', left: character === 'M' ? 3 : 1 };
    } else {
      if (FINAL.test(character)) {
        pieces.push({ kind: 'sequence', isSs3, parameters, final: character });
      }
      state = TEXT;
    }
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
