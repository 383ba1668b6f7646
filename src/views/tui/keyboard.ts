/** The keyboard: turns the bytes of a terminal in raw mode into keys. */

import { StringDecoder } from 'node:string_decoder';
import { safeText } from '../../platform/safe-text.ts';
import { inputSplitter, type Piece } from './input-pieces.ts';
import type { Key, KeyName } from './key.ts';

/** An ESC followed by nothing for this many ms is the Esc key. */
const ESCAPE_MS = 50;
/** A sequence that does not continue for this many ms is dropped. */
const SEQUENCE_MS = 250;
/** A paste that does not continue for this many ms has ended. */
const PASTE_MS = 1000;
/** Longest paste in UTF-16 units; the rest is dropped. */
const MAX_PASTE = 10_000;

/** Keys of `CSI … letter` and `ESC O letter`; rxvt sends small letters for Shift and Ctrl. */
const BY_LETTER: Readonly<Record<string, KeyName>> = {
  ...{ A: 'up', B: 'down', C: 'right', D: 'left', a: 'up', b: 'down', c: 'right', d: 'left' },
  ...{ H: 'home', F: 'end', Z: 'shift-tab' },
};
/** Keys of `CSI number ~`. */
const BY_NUMBER: Readonly<Record<string, KeyName>> = {
  ...{ 1: 'home', 7: 'home', 4: 'end', 8: 'end', 3: 'delete', 5: 'pageup', 6: 'pagedown' },
};
/** Keys that are one control character, also as `CSI code u`. */
const BY_CODE: Readonly<Record<number, KeyName>> = {
  ...{ 8: 'backspace', 9: 'tab', 10: 'enter', 13: 'enter', 27: 'escape', 127: 'backspace' },
};

/** Modifier bits; terminals send their sum plus 1. */
const SHIFT = 1;
const CTRL = 4;

/** Source of keys: `process.stdin`, or a test's stream. */
export type KeyInput = Pick<NodeJS.ReadableStream, 'on' | 'off' | 'resume' | 'pause'>;

/**
 * Reads keys from a terminal in raw mode and calls `onKey` for each named key, printable character (one
 * code point) and paste. Ignores everything else a terminal sends (mouse, focus, answers, unknown keys)
 * and the modifiers of named keys. `stop()` also pauses `stdin`, so that another program can read it.
 */
export function readKeys(stdin: KeyInput, onKey: (key: Key) => void): { stop(): void } {
  const decoder = new StringDecoder('utf8');
  const splitter = inputSplitter();
  let pasted: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  /** The key of a piece; null when it is no key, or belongs to an unfinished paste. */
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

  /** Starts the timeout of an unfinished paste, escape or sequence. */
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

  // SIGHUP reports a terminal that is gone; its read error adds nothing.
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

/** The key of a piece outside of a paste; null for an unknown one. */
function typed(piece: Piece): Key | null {
  if (piece.kind === 'escape') return named('escape');
  if (piece.kind === 'sequence') return keyOfSequence(piece);
  return keyOfCode(piece.text.codePointAt(0) ?? 0, 0);
}

function keyOfSequence({ isSs3, parameters, final }: Piece & { kind: 'sequence' }): Key | null {
  // `number ; modifiers : 3 …` is the release of a key (kitty's protocol).
  const parts = /^(\d*)(?:[:\d]*)(?:;(\d*)(?::(\d))?)?(?:;[\d:;]*)?$/.exec(parameters);
  if (parts === null || parts[3] === '3') return null;
  const [, number = '', modifiers = '1'] = parts;
  if (final === 'u') return keyOfCode(Number(number), Math.max(0, Number(modifiers) - 1));
  if (isSs3 && final === 'M') return named('enter');
  if (final === '~' || final === '^') return named(BY_NUMBER[number]);
  return named(BY_LETTER[final]);
}

/** The key of a code point. Only `CSI code u` has modifiers; a typed character has 0. */
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

/** Printable text only; line ends and tabs become spaces. */
function printable(text: string): string {
  return safeText(
    text.replace(/\r\n|[\t\n\r\u2028\u2029]/g, ' ').replace(/[\p{Cc}\p{Cs}\p{Co}\ufffd]/gu, ''),
  );
}
