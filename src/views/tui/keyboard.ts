/** The keyboard: the bytes that a terminal in raw mode sends, as keys. */

import { StringDecoder } from 'node:string_decoder';
import { safeText } from '../../platform/safe-text.ts';
import { inputSplitter, type Piece } from './input-pieces.ts';
import type { Key, KeyName } from './key.ts';

/** An ESC that nothing follows for so long, in ms, is the key. */
const ESCAPE_MS = 50;
/** A sequence that does not go on for so long, in ms, is none. */
const SEQUENCE_MS = 250;
/** A paste that does not go on for so long, in ms, is over. */
const PASTE_MS = 1000;
/** Of a paste, so many characters (UTF-16 units) are taken; the rest is dropped. */
const MAX_PASTE = 10_000;

/** The keys of `CSI … letter` and `ESC O letter`; small letters are rxvt's, with Shift or Ctrl. */
const BY_LETTER: Readonly<Record<string, KeyName>> = {
  ...{ A: 'up', B: 'down', C: 'right', D: 'left', a: 'up', b: 'down', c: 'right', d: 'left' },
  ...{ H: 'home', F: 'end', Z: 'shift-tab' },
};
/** The keys of `CSI number ~`. */
const BY_NUMBER: Readonly<Record<string, KeyName>> = {
  ...{ 1: 'home', 7: 'home', 4: 'end', 8: 'end', 3: 'delete', 5: 'pageup', 6: 'pagedown' },
};
/** The keys that are one control character, or the code of one in `CSI code u`. */
const BY_CODE: Readonly<Record<number, KeyName>> = {
  ...{ 8: 'backspace', 9: 'tab', 10: 'enter', 13: 'enter', 27: 'escape', 127: 'backspace' },
};

/** Bits of the modifiers that terminals send, counted from 1. */
const SHIFT = 1;
const CTRL = 4;

/** Where keys come from: `process.stdin`, or a stream of a test. */
export type KeyInput = Pick<NodeJS.ReadableStream, 'on' | 'off' | 'resume' | 'pause'>;

/**
 * Reads keys from a terminal that is in raw mode, and calls `onKey` for each, until `stop()`. Calls it
 * only with names, printable characters (one code point each) and pastes; whatever else a terminal sends
 * (mouse, focus, answers, unknown keys) leaves no trace. Arrows and the like count
 * whatever is held with them. `stop()` also stops reading, so that another program can.
 */
export function readKeys(stdin: KeyInput, onKey: (key: Key) => void): { stop(): void } {
  const decoder = new StringDecoder('utf8');
  const splitter = inputSplitter();
  let pasted: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  /** The key that this piece makes; null for none, or none yet. */
  function keyOf(piece: Piece): Key | null {
    const mark = piece.kind === 'sequence' && piece.final === '~' ? piece.parameters : '';
    if (mark === '201') return endOfPaste();
    if (mark === '200') pasted ??= '';
    else if (pasted === null) return typed(piece);
    else if (piece.kind === 'character' && pasted.length + piece.text.length <= MAX_PASTE) {
      pasted += piece.text;
    }
    return null;
  }

  function endOfPaste(): Key | null {
    const text = printable(pasted ?? '');
    pasted = null;
    return text === '' ? null : { kind: 'paste', text };
  }

  /** Sets the time after which what has begun is over. */
  function wait(): void {
    clearTimeout(timer);
    const pending = splitter.pending();
    if (pasted !== null) timer = setTimeout(silence, PASTE_MS);
    else if (pending === 'escape') timer = setTimeout(silence, ESCAPE_MS);
    else if (pending === 'sequence') timer = setTimeout(silence, SEQUENCE_MS);
  }

  function silence(): void {
    const pieces = splitter.giveUp();
    const key = pasted === null ? null : endOfPaste();
    emit(key === null ? pieces.map(keyOf) : [key]);
  }

  function onData(chunk: Buffer | string): void {
    const text = typeof chunk === 'string' ? chunk : decoder.write(chunk);
    const keys = splitter.take(text).map(keyOf);
    wait();
    emit(keys);
  }

  function emit(keys: readonly (Key | null)[]): void {
    for (const key of keys) if (key !== null) onKey(key);
  }

  // A terminal that is gone is told by SIGHUP; the error of reading it says nothing more.
  const onError = () => {};
  stdin.on('data', onData);
  stdin.on('error', onError);
  stdin.resume();
  return {
    stop() {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.off('error', onError);
      stdin.pause();
    },
  };
}

/** The key that a piece is outside of a paste; null where it is none of ours. */
function typed(piece: Piece): Key | null {
  if (piece.kind === 'escape') return named('escape');
  if (piece.kind === 'sequence') return keyOfSequence(piece);
  return keyOfCode(piece.text.codePointAt(0) ?? 0, 0);
}

function keyOfSequence({ isSs3, parameters, final }: Piece & { kind: 'sequence' }): Key | null {
  // `number ; modifiers : 3 …` is the letting go of a key (kitty).
  const parts = /^(\d*)(?:[:\d]*)(?:;(\d*)(?::(\d))?)?(?:;[\d:;]*)?$/.exec(parameters);
  if (parts === null || parts[3] === '3') return null;
  const [, number = '', modifiers = '1'] = parts;
  if (final === 'u') return keyOfCode(Number(number), Math.max(0, Number(modifiers) - 1));
  if (isSs3 && final === 'M') return named('enter');
  if (final === '~' || final === '^') return named(BY_NUMBER[number]);
  return named(BY_LETTER[final]);
}

/** The key of a code point, typed or told by number, with the modifiers of which only the number tells. */
function keyOfCode(code: number, modifiers: number): Key | null {
  if (code === 9 && (modifiers & SHIFT) !== 0) return named('shift-tab');
  const name = BY_CODE[code];
  if (name !== undefined) return named(name);
  if (code >= 1 && code <= 26) return named(`ctrl-${String.fromCharCode(code + 96)}`);
  if (modifiers === CTRL && code >= 97 && code <= 122) {
    return named(`ctrl-${String.fromCharCode(code)}`);
  }
  if ((modifiers & ~SHIFT) !== 0 || code > 0x10ffff) return null;
  const text = printable(String.fromCodePoint(code));
  return text === '' ? null : { kind: 'character', text };
}

function named(name: KeyName | undefined): Key | null {
  return name === undefined ? null : { kind: 'name', name };
}

/** Text without anything that does not print; line ends and tabs become spaces. */
function printable(text: string): string {
  return safeText(
    text.replace(/\r\n|[\t\n\r\u2028\u2029]/g, ' ').replace(/[\p{Cc}\p{Cs}\p{Co}\ufffd]/gu, ''),
  );
}
