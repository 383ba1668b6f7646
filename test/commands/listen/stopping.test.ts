import { expect, test } from 'vitest';
import { listenOptions } from '../../../src/commands/listen/options.ts';
import { createStopping } from '../../../src/commands/listen/stopping.ts';
import type { HandedOver } from '../../../src/takeover/hand-over.ts';

/** A listener that is told to stop a second and a third time; what it says, and its exit code. */
async function toldAgain(to: HandedOver) {
  const lines: string[] = [];
  const stderr = { write: (text: string) => lines.push(text) };
  const command = listenOptions.parse({ target: [] });
  const stopping = createStopping(command, { stderr } as never, { giveBack() {} });
  stopping.listener = { handOver: async () => to };
  expect(await stopping.leaves('interrupt')).toBe(null);
  return { exit: await stopping.leaves('interrupt'), said: lines.join('') };
}

test('a third signal leaves the rest to the guard that the second one has found', async () => {
  const { exit, said } = await toldAgain('guard');
  expect(exit).toBe('notRestored');
  expect(said).toContain('The guard finishes this');
});

test('a third signal promises nothing of a guard that has ended', async () => {
  const { exit, said } = await toldAgain('waits');
  expect(exit).toBe('interrupt');
  expect(said).toContain('Restore it with: eazewa-hooks restore');
  expect(said).not.toContain('guard');
});
