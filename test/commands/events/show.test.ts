import { expect, test } from 'vitest';
import { run } from '../../../src/commands/events/show.ts';
import type { Deps } from '../../../src/commands/shared/deps.ts';
import { attempted, newAttempt, newEvent, store, textBody } from '../../history/support.ts';
import { HOSTILE, obeys, withoutColors, world } from '../../views/harness.ts';
import { storedHistory } from './place.ts';

const ID = 'evt_0123456789abcdef';
const PAGE = Array.from({ length: 30 }, (_, line) => `<p>line ${line} of the page</p>`).join('\n');

/** An event with two attempts, and its page on a terminal of this size; in a file without one. */
async function place(text = 'Hello', answer = PAGE) {
  const { history, env } = await storedHistory();
  const [seq = 0] = store(history, newEvent({ id: ID, body: textBody(text) }));
  attempted(
    history,
    newAttempt(seq, { status: 500, responseBody: Buffer.from('first answer') }),
    newAttempt(seq, { status: 404, responseBody: Buffer.from(answer) }),
  );
  return async (size?: { columns: number; rows: number }, options: object = {}) => {
    const { io, stdout } = world({ env, ...(size && { isTTY: true, size }) });
    const shown = { instance: 'simulator', id: ID, ...options };
    expect(await run(shown, { io } as Deps)).toBe(0);
    return withoutColors(stdout.text).trimEnd().split('\n');
  };
}

/** The command that was typed, and the prompt after it. */
const PROMPTS = 2;

/** The rows that a terminal of this width breaks the lines into. */
function rowsOf(lines: readonly string[], columns: number): number {
  const cells = (line: string) => line.replaceAll('漢', '漢漢').length;
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(cells(line) / columns)), 0);
}

test('the outcome comes first, then the last answer, the ones before it, and the request', async () => {
  const show = await place();
  const lines = await show();
  expect(lines[0]).toBe(`✗ 404 message ${ID}`);
  const order = [
    '"Hello"',
    'attempt 2',
    '<p>line 0 ',
    '<p>line 29 ',
    'attempt 1',
    'first answer',
    'request',
    'Host: example',
    '"event": "message"',
  ].map((text) => lines.findIndex((line) => line.includes(text)));
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test.each([
  { columns: 80, rows: 24 },
  { columns: 60, rows: 15 },
  { columns: 200, rows: 40 },
])('the page fits in a terminal of $columns×$rows, with answer and request', async (size) => {
  const show = await place();
  const lines = await show(size);
  expect(rowsOf(lines, size.columns) + PROMPTS).toBeLessThanOrEqual(size.rows);
  expect(lines[0]).toContain('✗ 404');
  const text = lines.join('\n');
  for (const part of ['attempt 2', '<p>line 0 ', 'more lines', 'request']) {
    expect(text).toContain(part);
  }
  expect(lines.at(-1)).toContain(`events show ${ID} -i simulator --full`);
});

test('the command in the last line names the instance as this command did', async () => {
  const show = await place();
  const typed = { apiUrl: "http://127.0.0.1:4010/it's", color: true };
  const lines = await show({ columns: 200, rows: 24 }, typed);
  expect(lines.at(-1)).toContain(
    `events show ${ID} -i simulator --api-url 'http://127.0.0.1:4010/it'\\''s' --full`,
  );
});

test('--full prints all of it on a terminal, base64 data too', async () => {
  const data = 'QUJD'.repeat(1000);
  const show = await place(data);
  const whole = (await show({ columns: 80, rows: 24 }, { full: true })).join('\n');
  for (const part of ['<p>line 29 ', 'first answer', 'Host: example', data]) {
    expect(whole).toContain(part);
  }
  expect((await show()).join('\n')).not.toContain(data);
});

test('a page that fits is not cut, and one long line is cut alone', async () => {
  const size = { columns: 80, rows: 60 };
  const small = await (await place('Hello', 'short'))(size);
  expect(small.join('\n')).not.toContain('--full');
  expect(small).toContain('Host: example.ngrok.app');
  const long = await (await place('Hello', `${'é'.repeat(500)}end`))(size);
  expect(long.join('\n')).not.toContain('end');
  expect(long).toContain('Host: example.ngrok.app');
  expect(long.at(-1)).toContain('--full');
});

test('characters that are two cells wide count twice', async () => {
  const show = await place('Hello', Array.from({ length: 40 }, () => '漢'.repeat(80)).join('\n'));
  const lines = await show({ columns: 80, rows: 24 });
  expect(rowsOf(lines, 80) + PROMPTS).toBeLessThanOrEqual(24);
});

test('no terminal obeys an answer or a body, cut or whole', async () => {
  const show = await place(HOSTILE, `${HOSTILE}\n${HOSTILE}`);
  for (const size of [undefined, { columns: 60, rows: 15 }]) {
    expect(obeys((await show(size)).join('\n'))).toBe(false);
  }
});
