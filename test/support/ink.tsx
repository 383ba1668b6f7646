/** Draws a component by Ink at a size that a test chooses, and gives what stands on the screen. */

import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { render } from 'ink';
import type { ReactNode } from 'react';

/** The last frame that was drawn, with its escape sequences. */
export function drawn(node: ReactNode, columns: number): string {
  let frame = '';
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows: 10_000,
    isTTY: false,
    write(text: string) {
      frame = text;
      return true;
    },
  });
  const app = render(node, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  app.unmount();
  return frame;
}
