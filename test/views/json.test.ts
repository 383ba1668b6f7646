import { describe, expect, test } from 'vitest';
import { feedEntry } from '../../src/feed/feed.ts';
import { createJsonView } from '../../src/views/json.ts';
import { EACH, event, HOSTILE, obeys, Sink, warning } from './harness.ts';

describe('the JSON view', () => {
  test('writes one object a line, which parses to the entry and fits the schema of the feed', async () => {
    const stdout = new Sink();
    const view = createJsonView(stdout);
    await view.take(EACH.slice(0, 3));
    await view.take(EACH.slice(3));
    expect(stdout.text.endsWith('\n')).toBe(true);
    const lines = stdout.text.slice(0, -1).split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(EACH);
    for (const line of lines) expect(feedEntry.parse(JSON.parse(line))).toEqual(JSON.parse(line));
  });

  test('writes nothing for no entries', async () => {
    const stdout = new Sink();
    await createJsonView(stdout).take([]);
    expect(stdout.text).toBe('');
  });

  test('escapes hostile text so that it controls no terminal and parses to the same', async () => {
    const stdout = new Sink();
    const entries = [
      event({ event: HOSTILE, summary: HOSTILE, body: { [HOSTILE]: [HOSTILE] } }),
      warning(HOSTILE),
    ];
    await createJsonView(stdout).take(entries);
    expect(obeys(stdout.text)).toBe(false);
    const parsed = stdout.text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(parsed).toEqual(entries);
  });

  test('takes the next batch only after its stream has drained', async () => {
    const stdout = new Sink();
    stdout.full = true;
    let taken = false;
    const take = createJsonView(stdout)
      .take([warning('x')])
      .then(() => {
        taken = true;
      });
    await new Promise(setImmediate);
    expect(taken).toBe(false);
    stdout.drain();
    await take;
    expect(taken).toBe(true);
  });
});
