import { expect, test } from 'vitest';
import { createMemoryHistory } from '../../src/history/memory.ts';
import { attempted, newAttempt, newEvent, store, TARGET } from './support.ts';

test('the oldest event that waits for nothing makes room', () => {
  const history = createMemoryHistory({ maxEvents: 3 });
  const seqs = store(
    history,
    newEvent({ waitFor: [TARGET] }),
    ...Array.from({ length: 2 }, () => newEvent()),
  );
  store(history, newEvent(), newEvent());
  expect(history.list({ after: 0 })).toEqual([seqs[0], 4, 5]);
});

test('bodies and answers count by their bytes', () => {
  const history = createMemoryHistory({ maxBytes: 1000 });
  const [first = 0, second = 0] = store(
    history,
    newEvent({ body: Buffer.alloc(400) }),
    newEvent({ body: Buffer.alloc(400) }),
  );
  attempted(history, newAttempt(second, { responseBody: Buffer.alloc(150) }));
  store(history, newEvent({ body: Buffer.alloc(50) }));
  expect(history.list({})).toHaveLength(3);
  store(history, newEvent({ body: Buffer.alloc(1) }));
  expect(history.event(first)).toBeNull();
  expect(history.list({})).toHaveLength(3);
});

test('a batch that does not fit beside what waits is refused as a whole', () => {
  const history = createMemoryHistory({ maxEvents: 2 });
  const [waits = 0, fine = 0] = store(history, newEvent({ waitFor: [TARGET] }), newEvent());
  expect(() => store(history, newEvent(), newEvent())).toThrow(/full/);
  expect(history.event(fine)).not.toBeNull();
  expect(history.lastSeq()).toBe(fine);
  attempted(history, newAttempt(waits));
  expect(store(history, newEvent(), newEvent())).toEqual([3, 4]);
});
