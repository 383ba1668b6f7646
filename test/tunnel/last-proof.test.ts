/** When a tunnel was last known to lead here. */

import { expect, test } from 'vitest';
import { LastProof } from '../../src/tunnel/last-proof.ts';

const START = 1_000_000;

test('an event proves the moment of the tick before the last one', () => {
  const proof = new LastProof(START);
  proof.tick(START + 1000);
  proof.eventArrived();
  expect(proof.at).toBe(START);
  proof.tick(START + 2000);
  proof.eventArrived();
  expect(proof.at).toBe(START + 1000);
});

test('an older proof takes nothing back', () => {
  const proof = new LastProof(START);
  proof.held(START + 5000);
  proof.held(START + 3000);
  expect(proof.at).toBe(START + 5000);
});

test('a jump of the clock is reported once, and a clock that was set back takes the proof with it', () => {
  const proof = new LastProof(START);
  expect(proof.tick(START + 10_000)).toBe(false);
  expect(proof.tick(START + 20_001)).toBe(true);
  expect(proof.tick(START + 21_001)).toBe(false);
  proof.held(START + 21_000);
  expect(proof.tick(START - 60_000)).toBe(false);
  expect(proof.at).toBe(START - 60_000);
});
