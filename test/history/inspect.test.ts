import { expect, test } from 'vitest';
import { pageOf } from '../../src/history/inspect.ts';
import { createMemoryHistory } from '../../src/history/memory.ts';
import { forwardWindow } from '../../src/history/outcome.ts';
import { attempted, NOON, newAttempt, newEvent, OTHER, store, TARGET } from './support.ts';

const PAGE = { events: [], only: 'all', search: '', limit: 100 } as const;

test('a page reads neither bodies nor answers', async () => {
  const history = createMemoryHistory();
  const ids = ['evt_a', 'evt_b', 'evt_c'];
  const [a = 0] = store(history, ...ids.map((id) => newEvent({ id, waitFor: [TARGET, OTHER] })));
  attempted(history, newAttempt(a, { status: 500 }), newAttempt(a, { status: 200 }));
  const withBody = (): never => {
    throw new Error('a body was read');
  };
  const read = { ...history, event: withBody, attempts: withBody };
  const page = await pageOf(read, { ...PAGE, before: 'evt_c' }, forwardWindow(a, NOON));
  expect(page).toMatchObject({
    isMore: false,
    rows: [
      {
        event: {
          id: 'evt_a',
          summary: '491511234567: "Hello"',
          targets: [
            { url: OTHER, outcome: 'held' },
            { url: TARGET, outcome: 'delivered' },
          ],
        },
        attempts: [{ number: 2, status: 200, outcome: 'delivered' }],
      },
      {
        event: {
          id: 'evt_b',
          targets: [
            { url: TARGET, outcome: 'waiting' },
            { url: OTHER, outcome: 'waiting' },
          ],
        },
        attempts: [],
      },
    ],
  });
});
