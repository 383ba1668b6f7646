import { expect, test } from 'vitest';
import { pause } from '../../src/platform/pause.ts';

test('a pause longer than a timer can be does not end at once', async () => {
  const stop = new AbortController();
  let hasEnded = false;
  const over = pause(1e12, stop.signal).then(() => {
    hasEnded = true;
  });
  await pause(20);
  expect(hasEnded).toBe(false);
  stop.abort();
  await over;
});
