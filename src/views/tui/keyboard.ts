/** Reads keys from a terminal in raw mode. What is no key of ours leaves no trace: not as text either. */

import { emitKeypressEvents, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Key, KeyName } from './key.ts';

/** A lone Esc is one when nothing followed it for so long, in ms. */
const ESCAPE_MS = 50;
/** Of what was pasted, so much is taken. In UTF-16 units. */
const LONGEST_PASTE = 10_000;

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
  readonly sequence?: string;
}

const NAMES: Readonly<Record<string, KeyName>> = {
  up: 'up',
  down: 'down',
  left: 'left',
  right: 'right',
  pageup: 'pageup',
  pagedown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'enter',
  enter: 'enter',
  escape: 'escape',
  tab: 'tab',
  backspace: 'backspace',
  delete: 'delete',
};

/** Calls `onKey` for every key until it is stopped. */
export function readKeys(
  stdin: Pick<NodeJS.ReadStream, 'on' | 'off' | 'pause' | 'resume'>,
  onKey: (key: Key) => void,
): { stop(): void } {
  const decoded = new PassThrough();
  // It asks only for this one property of a readline interface.
  emitKeypressEvents(decoded, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
  const reports = createReportFilter();
  let pasted: string | null = null;
  decoded.on('keypress', (text: string | undefined, key: Keypress) => {
    if (key.name === 'paste-start') pasted = '';
    else if (key.name === 'paste-end') {
      if (pasted !== null) onKey({ kind: 'paste', text: pasted });
      pasted = null;
    } else if (pasted !== null) {
      const more = text === undefined || text.length > 2 ? '' : printable(text);
      if (pasted.length < LONGEST_PASTE) pasted += more;
    } else {
      // Esc and a key right after it look like that key with Alt, which means nothing here.
      for (let i = 0; i < escapesBefore(key); i++) onKey({ kind: 'name', name: 'escape' });
      const read = keyOf(text, key);
      if (read !== null) onKey(read);
    }
  });
  const feed = (chunk: Buffer | string) => {
    const rest = reports(chunk.toString('latin1'));
    if (rest !== '') decoded.write(Buffer.from(rest, 'latin1'));
  };
  stdin.on('data', feed);
  stdin.resume();
  return {
    stop() {
      stdin.off('data', feed);
      stdin.pause();
      decoded.removeAllListeners('keypress');
      decoded.end();
    },
  };
}

function keyOf(text: string | undefined, key: Keypress): Key | null {
  const { name, ctrl, shift } = key;
  if (ctrl && name !== undefined && /^[a-z]$/.test(name)) {
    return { kind: 'name', name: `ctrl-${name}` };
  }
  if (name === 'tab' && shift) return { kind: 'name', name: 'shift-tab' };
  const named = name === undefined || !Object.hasOwn(NAMES, name) ? undefined : NAMES[name];
  if (named !== undefined) return { kind: 'name', name: named };
  const escapes = escapesBefore(key);
  // A single character (two units at the most): longer ones are sequences that nobody knows.
  const typed = escapes > 0 ? key.sequence?.slice(escapes) : text;
  if (typed === undefined || ctrl || [...typed].length !== 1) return null;
  const shown = printable(typed);
  return shown === '' ? null : { kind: 'character', text: shown };
}

/** How often Esc was pressed right before this key: in `Esc Esc` the second is the key. */
function escapesBefore({ meta, sequence = '' }: Keypress): number {
  let leading = 0;
  while (sequence[leading] === '\x1b') leading++;
  if (leading === sequence.length) return leading - 1;
  // The last of them begins the sequence of an arrow and its like.
  const isSequence = sequence.length > leading + 1 && '[O'.includes(sequence[leading] ?? '');
  if (leading > 1 && isSequence) return leading - 1;
  return leading > 1 || (meta === true && [...sequence].length === 2) ? leading : 0;
}

/** Line ends and tabs as spaces, other controls gone. */
function printable(text: string): string {
  return text.replace(/[\r\n\t]/g, ' ').replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, '');
}

// Mouse reports (SGR, and X10 with its three bytes), focus, answers of the terminal (OSC, DCS, APC, PM).
const REPORT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals send
  /\x1b\[<[\d;]*[mM]|\x1b\[M[\x00-\xff]{3}|\x1b\[[IO]|\x1b[\]PX^_][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: see above
const UNFINISHED = /\x1b(?:\[<[\d;]*|\[M[\x00-\xff]{0,2}|[\]PX^_][^\x07\x1b]{0,4096}\x1b?)$/;

/** Takes out what a terminal reports by itself, also where it comes in pieces. */
function createReportFilter(): (chunk: string) => string {
  let held = '';
  return (chunk) => {
    const text = (held + chunk).replace(REPORT, '');
    const cut = UNFINISHED.exec(text);
    held = cut === null ? '' : cut[0];
    return cut === null ? text : text.slice(0, cut.index);
  };
}
