import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { readWebhook, type Webhook } from '../../src/eazewa/webhook.ts';
import { createMarker, type Marker } from '../../src/listener/marks.ts';

const CHAT = '12025550142@c.us';
const ID = `false_${CHAT}_3EB0C5A1D27F40B69E13`;
const UNMARKED = { duplicateOf: null, repeats: null, ackWentBack: false };

function webhook(event: string, data: unknown): Webhook {
  const read = readWebhook(Buffer.from(JSON.stringify({ event, instanceId: '33', data })));
  if ('reason' in read) throw new Error(read.reason);
  return read;
}

const key = (id = ID) => ({ fromMe: false, remote: CHAT, _serialized: id });
const message = (event = 'message', id = ID) => webhook(event, { message: { id: key(id) } });
const ack = (value: number, id = ID) =>
  webhook('message_ack', { message: { id: key(id) }, ack: value });
const edit = (newBody: string, prevBody = 'before', more = {}) =>
  webhook('message_edit', { newBody, prevBody, message: { id: key(), ...more } });
const reaction = (emoji: string, senderId: unknown, timestamp?: number) =>
  webhook('message_reaction', { reaction: { msgId: key(), reaction: emoji, senderId, timestamp } });
const vote = (interractedAtTs?: number, voter: unknown = 'a@c.us', ...names: string[]) => {
  const selectedOptions = names.map((name, localId) => ({ name, localId }));
  const parentMessage = { id: key() };
  return webhook('vote_update', {
    vote: { voter, selectedOptions, interractedAtTs, parentMessage },
  });
};

/** The marks of each, one after the other; their ids are a, b, c … */
function marksOf(...webhooks: Webhook[]) {
  const marker = createMarker();
  return webhooks.map((one, index) => marker.mark(one, String.fromCharCode(97 + index)));
}

const isDuplicate = (first: Webhook, second: Webhook) =>
  marksOf(first, second)[1]?.duplicateOf === 'a';

describe('duplicateOf', () => {
  test('names the first of the same event about the same message', () => {
    expect(marksOf(message(), message(), message())).toEqual([
      UNMARKED,
      { ...UNMARKED, duplicateOf: 'a' },
      { ...UNMARKED, duplicateOf: 'a' },
    ]);
  });

  test('needs the same message', () => {
    expect(isDuplicate(message(), message('message', `${ID}2`))).toBe(false);
  });

  test('needs the same event', () => {
    const media = webhook('media_uploaded', { message: { id: key() } });
    expect(isDuplicate(message('message_create'), media)).toBe(false);
  });

  test('is found in a vote that is nested a million deep', () => {
    const deep = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
    const text = `{"event":"vote_update","data":{"vote":{"selectedOptions":${deep},"parentMsgKey":{"_serialized":"m"}}}}`;
    const one = readWebhook(Buffer.from(text));
    if ('reason' in one) throw new Error(one.reason);
    expect(isDuplicate(one, one)).toBe(true);
  });

  test('needs the same acknowledgement', () => {
    expect(isDuplicate(ack(1), ack(2))).toBe(false);
    expect(isDuplicate(ack(2), ack(2))).toBe(true);
  });

  test('tells two edits of one message apart', () => {
    expect(isDuplicate(edit('one'), edit('two'))).toBe(false);
    expect(isDuplicate(edit('one'), edit('one'))).toBe(true);
    const long = 'x'.repeat(1000);
    expect(isDuplicate(edit(`${long}a`), edit(`${long}b`))).toBe(false);
    expect(isDuplicate(edit(`${long}a`), edit(`${long}a`))).toBe(true);
  });

  test('tells reactions apart by who reacted, with what and when', () => {
    const first = reaction('👍', 'a@c.us', 1);
    expect(isDuplicate(first, reaction('👍', 'a@c.us', 1))).toBe(true);
    expect(isDuplicate(first, reaction('', 'a@c.us', 1))).toBe(false);
    expect(isDuplicate(first, reaction('👍', 'b@c.us', 1))).toBe(false);
    expect(isDuplicate(first, reaction('👍', 'a@c.us', 2))).toBe(false);
    expect(isDuplicate(first, reaction('👍', { _serialized: 'a@c.us' }, 1))).toBe(true);
  });

  test('tells votes on one poll apart by who voted, for what and when', () => {
    const first = vote(1767254730275, 'a@c.us', 'one');
    expect(isDuplicate(first, vote(1767254730275, 'a@c.us', 'one'))).toBe(true);
    expect(isDuplicate(first, vote(1767254730276, 'a@c.us', 'one'))).toBe(false);
    expect(isDuplicate(first, vote(1767254730275, 'b@c.us', 'one'))).toBe(false);
    expect(isDuplicate(first, vote(1767254730275, 'a@c.us', 'two'))).toBe(false);
    expect(isDuplicate(first, vote(1767254730275, { _serialized: 'a@c.us' }, 'one'))).toBe(true);
  });

  const [yes, no] = ['yes', 'no'] as const;
  const changes: [string, (what: string, before: string) => Webhook][] = [
    ['an edit', edit],
    ['a reaction', (what) => reaction(what, 'a@c.us')],
    ['a vote', (what) => vote(undefined, 'a@c.us', what)],
  ];
  test.each(changes)(
    'is null for %s without a time that was changed and changed back',
    (_, make) => {
      const all = marksOf(
        make(yes, no),
        make(no, yes),
        make(yes, no),
        make(yes, no),
        make(no, yes),
      );
      expect(all.map(({ duplicateOf }) => duplicateOf)).toEqual([null, null, null, 'c', null]);
    },
  );

  test('of an edit with a time names the same edit, however many came between', () => {
    const at = (ms: number, what: string, before: string) =>
      edit(what, before, { latestEditSenderTimestampMs: ms });
    const all = marksOf(at(1, yes, no), at(2, no, yes), at(3, yes, no), at(1, yes, no));
    expect(all.map(({ duplicateOf }) => duplicateOf)).toEqual([null, null, null, 'a']);
  });

  test('of two people is null without a time as well', () => {
    expect(isDuplicate(vote(undefined, 'a@c.us', yes), vote(undefined, 'b@c.us', yes))).toBe(false);
    expect(isDuplicate(reaction('👍', 'a@c.us'), reaction('👍', 'b@c.us'))).toBe(false);
  });

  test('is null for an event about no message', () => {
    for (const [event, data] of [
      ['ready', undefined],
      ['loading_screen', { percent: 50 }],
      ['message', { message: {} }],
      ['call', { call: { from: CHAT } }],
    ] as const) {
      const one = webhook(event, data);
      expect(marksOf(one, one)).toEqual([UNMARKED, UNMARKED]);
    }
  });

  test('does not mistake an event named like a method of objects for a known one', () => {
    for (const event of ['constructor', 'toString', '__proto__', 'valueOf']) {
      const body = `{"event":"${event}","data":{"message":{"id":{"_serialized":"x"}}}}`;
      const read = readWebhook(Buffer.from(body));
      if ('reason' in read) throw new Error(read.reason);
      expect(marksOf(read, read)).toEqual([UNMARKED, { ...UNMARKED, duplicateOf: 'a' }]);
    }
  });
});

describe('the id of a request', () => {
  const request = (id: string, body: string) => ({
    headers: ['X-WAAPI-Request-Id', id],
    body: Buffer.from(body),
  });
  const ready = webhook('ready', undefined);

  test('with the same body makes a duplicate, of an event about no message too', () => {
    const marker = createMarker();
    expect(marker.mark(ready, 'a', request('1', 'body'))).toEqual(UNMARKED);
    expect(marker.mark(ready, 'b', request('1', 'body')).duplicateOf).toBe('a');
    expect(marker.mark(ready, 'c', request('2', 'body')).duplicateOf).toBe(null);
  });

  test('that differs leaves it to the content', () => {
    const marker = createMarker();
    marker.mark(message(), 'a', request('1', 'body'));
    expect(marker.mark(message(), 'b', request('2', 'body')).duplicateOf).toBe('a');
    expect(marker.mark(message('message', 'other'), 'c', request('3', 'x')).duplicateOf).toBe(null);
    expect(marker.mark(message(), 'd').duplicateOf).toBe('a');
  });

  test('with another body makes no duplicate, and is told once', () => {
    let told = 0;
    const marker = createMarker(() => told++);
    marker.mark(message(), 'a', request('1', 'body'));
    expect(marker.mark(message(), 'b', request('1', 'other')).duplicateOf).toBe(null);
    expect(marker.mark(message(), 'c', request('1', 'third')).duplicateOf).toBe(null);
    expect(told).toBe(1);
  });

  test('of an event that was not stored is forgotten', () => {
    const marker = createMarker();
    marker.mark(ready, 'a', request('1', 'body'));
    marker.forget(ready, 'a', request('1', 'body'));
    expect(marker.mark(ready, 'b', request('1', 'body')).duplicateOf).toBe(null);
  });
});

describe('repeats', () => {
  test('a message_create names the message that it repeats', () => {
    expect(marksOf(message(), message('message_create'))[1]).toEqual({ ...UNMARKED, repeats: 'a' });
  });

  test('a message names the message_create that came before it', () => {
    expect(marksOf(message('message_create'), message())[1]).toEqual({ ...UNMARKED, repeats: 'a' });
  });

  test('is null for another message', () => {
    expect(marksOf(message(), message('message_create', 'other'))[1]).toEqual(UNMARKED);
  });

  test('may be set together with duplicateOf', () => {
    const [, , third] = marksOf(message(), message('message_create'), message());
    expect(third).toEqual({ duplicateOf: 'a', repeats: 'b', ackWentBack: false });
  });
});

describe('ackWentBack', () => {
  const wentBack = (...values: number[]) =>
    marksOf(...values.map((value) => ack(value))).map((marks) => marks.ackWentBack);

  test('is true for a lower acknowledgement than before', () => {
    expect(wentBack(1, 2, 3)).toEqual([false, false, false]);
    expect(wentBack(3, 2, 1, 3, 4, -1)).toEqual([false, true, true, false, false, true]);
    expect(wentBack(2, 2)).toEqual([false, false]);
  });

  test('compares acknowledgements of one message only', () => {
    expect(marksOf(ack(3), ack(1, 'other'))[1]?.ackWentBack).toBe(false);
  });

  test('understands acknowledged as well as ack', () => {
    const old = webhook('message_ack', { message: { id: key() }, acknowledged: 1 });
    expect(marksOf(ack(3), old)[1]?.ackWentBack).toBe(true);
  });

  test('ignores the ack of a message itself', () => {
    const create = webhook('message_create', { message: { id: key(), ack: 0 } });
    expect(marksOf(ack(3), create)[1]).toEqual(UNMARKED);
  });
});

describe('an event of an earlier listener', () => {
  const remembered = (...earlier: Webhook[]): Marker => {
    const marker = createMarker();
    for (const [index, { event, messageId, ack }] of earlier.entries()) {
      marker.remember({ event, messageId, ack, id: String.fromCharCode(97 + index) });
    }
    return marker;
  };

  test('marks later events like a received one', () => {
    expect(remembered(message()).mark(message(), 'x').duplicateOf).toBe('a');
    expect(remembered(message()).mark(message('message_create'), 'x').repeats).toBe('a');
    expect(remembered(ack(3)).mark(ack(2), 'x').ackWentBack).toBe(true);
    expect(remembered(ack(3)).mark(ack(3), 'x').duplicateOf).toBe('a');
  });

  test('is named as the first of several', () => {
    expect(remembered(message(), message()).mark(message(), 'x').duplicateOf).toBe('a');
  });

  test('is not enough to tell edits, reactions and votes apart', () => {
    for (const one of [edit('x'), reaction('👍', 'a@c.us', 1), vote(1)]) {
      expect(remembered(one).mark(one, 'x')).toEqual(UNMARKED);
    }
  });

  test('may be about no message', () => {
    expect(remembered(webhook('ready', undefined)).mark(message(), 'x')).toEqual(UNMARKED);
  });
});

describe('the memory of marks', () => {
  test('holds the last 10,000', () => {
    const marker = createMarker();
    marker.mark(message('message', 'first'), 'first');
    for (let i = 1; i < 10_000; i++) marker.mark(message('message', `${i}`), `${i}`);
    expect(marker.mark(message('message', 'first'), 'again').duplicateOf).toBe('first');
    marker.mark(message('message', 'one more'), 'one more');
    expect(marker.mark(message('message', 'first'), 'again').duplicateOf).toBe(null);
    expect(marker.mark(message('message', '9000'), 'again').duplicateOf).toBe('9000');
  });

  const hostile: [string, (text: string) => Webhook][] = [
    ['event names', (text) => message(text)],
    ['message ids', (text) => ack(1, text)],
    ['edits', (text) => edit(text)],
    ['reactions', (text) => reaction(text, 'a@c.us', 1)],
    ['who reacted', (text) => reaction('👍', text, 1)],
    ['votes', (text) => vote(1, 'a@c.us', text)],
  ];
  test.each(hostile)('does not grow with the length of %s', (_, make) => {
    const collect = collector();
    const marker: Marker = createMarker();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 8; i++) marker.mark(make(String(i).padStart(1_000_000, 'x')), String(i));
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    expect(grown).toBeLessThan(2_000_000);
    expect(marker.mark(message(), 'z').duplicateOf).toBe(null);
  });
});

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
