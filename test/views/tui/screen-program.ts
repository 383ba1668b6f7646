/** The program under test of `screen.test.ts`: draws with Ink on the screen and obeys keys. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Box, render, Text } from 'ink';
import { createElement } from 'react';
import { inForeground, suspendWith } from '../../../src/platform/job-control.ts';
import { neverBlock } from '../../../src/platform/terminal.ts';
import type { Key } from '../../../src/views/tui/key.ts';
import { readKeys } from '../../../src/views/tui/keyboard.ts';
import { openScreen } from '../../../src/views/tui/screen.ts';

/** Numbers of event listeners after the screen was left. */
export interface Left {
  readonly SIGCONT: number;
  readonly resize: number;
}

// As `listen` does, since Ink writes to stderr when the process exits.
neverBlock(process.stderr);
console.log('before');
const { stdin, stdout } = process;
const marker = { set() {}, clear() {} };
const screen = openScreen({ stdin, stdout, process, marker, inForeground });
const suspension = suspendWith(process, screen.away, async () => console.log('suspended'));
let note = '';

const line = (text: string) => createElement(Text, { key: text, wrap: 'truncate' }, text);
const tree = () =>
  createElement(
    Box,
    { height: screen.rows - 1, width: screen.columns, flexDirection: 'column' },
    line('top'),
    line(`size ${screen.columns}x${screen.rows}`),
    line(note),
    createElement(Box, { flexGrow: 1 }),
    line('bottom'),
  );
const app = render(tree(), {
  stdout: screen.stdout,
  stdin: process.stdin,
  exitOnCtrlC: false,
  patchConsole: false,
});
const draw = () => app.rerender(tree());
const say = (text: string) => {
  note = text;
  draw();
};
screen.onResize(draw);
screen.onFree(() => {
  if (note === 'flooding, not free') say('free again');
});

function leave(): void {
  app.unmount();
  screen.leave();
  screen.leave();
  keys.stop();
  const left: Left = {
    SIGCONT: process.listenerCount('SIGCONT'),
    resize: process.stdout.listenerCount('resize'),
  };
  process.stdout.write('', () => setImmediate(() => console.log(`after ${JSON.stringify(left)}`)));
}

/** Runs another program that has the terminal while the screen is lent. */
async function other(): Promise<void> {
  const child = spawn('sh', ['-c', 'echo normal screen; read typed; echo "read $typed"'], {
    stdio: 'inherit',
  });
  say('drawn meanwhile');
  await once(child, 'exit');
}

/** Writes more than a terminal that is not read accepts. */
function flood(): void {
  for (let n = 0; n < 200; n += 1) screen.stdout.write(`\u001b[H${'flood '.repeat(1000)}\u001b[2J`);
  say(`flooding, ${screen.isFree() ? 'free' : 'not free'}`);
}

function onKey(key: Key): void {
  if (key.kind === 'paste') say(`pasted ${key.text}`);
  else if (key.kind === 'name') {
    if (key.name === 'ctrl-z') void suspension.suspend().then(() => say('back from the shell'));
    else say(key.name);
  } else if (key.text === 'q') leave();
  else if (key.text === 'x') process.exit(3);
  else if (key.text === 'e') throw new Error('a bug');
  else if (key.text === 'a') void screen.away(other).then(() => say('back again'));
  else if (key.text === 'f') flood();
}
const keys = readKeys(process.stdin, onKey);
