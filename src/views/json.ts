/** The JSON Lines view: one feed entry a line on stdout, and nothing else there. */

import type { Output } from '../platform/io.ts';
import { jsonLine } from '../platform/safe-text.ts';
import { writeDrained } from '../platform/terminal.ts';
import type { View } from './view.ts';

export function createJsonView(stdout: Output): View {
  return {
    take: (entries) =>
      writeDrained(stdout, entries.map((entry) => `${jsonLine(entry)}\n`).join('')),
  };
}
