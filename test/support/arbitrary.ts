/** Arbitrary webhook bodies: any JSON, and the vendor's shapes with arbitrary values. */

import * as fc from 'fast-check';

export { fc };

/** Untrusted text: control characters, bidi marks, halves of emoji and very long words. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '\u001b[2J\u001b]0;x\u0007',
    '\u202eabc',
    '\ud83d',
    'a'.repeat(5000),
    '👩‍👩‍👧'.repeat(60),
    '\r\n\u2028',
  ),
);

/** Any JSON value, also with keys such as `__proto__`. */
export const anyJson: fc.Arbitrary<unknown> = fc.jsonValue({
  maxDepth: 2,
  stringUnit: 'binary',
});

const hostile = fc.constantFrom<unknown>(
  { toString: 1, valueOf: 1 },
  { toString: null, toJSON: 'x' },
  { length: 1e9 },
  [[]],
  [null, [undefined]],
  -0,
  1e308,
);

const leaf = fc.oneof(anyText, anyJson, hostile);

/** Every key that the program reads, so that bodies have many of them. */
const KEYS = [
  ...['message', 'media', 'reaction', 'vote', 'notification', 'call', 'after', 'before', 'ack'],
  ...['acknowledged', 'newBody', 'prevBody', 'id', 'remote', '_serialized', 'fromMe', 'from', 'to'],
  ...['author', 'body', 'type', 'mimetype', 'msgId', 'senderId', 'timestamp', 'selectedOptions'],
  ...['name', 'localId', 'voter', 'parentMessage', 'parentMsgKey', 'interractedAtTs', 'chatId'],
  ...['recipientIds', 'protocolMessageKey', 'percent', 'reason', 'state', 'isVideo'],
] as const;

const { node } = fc.letrec<{ node: unknown; object: unknown }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, leaf, tie('object'), fc.array(tie('object'), { maxLength: 2 })),
  object: fc.dictionary(fc.constantFrom<string>(...KEYS), tie('node'), { maxKeys: 4 }),
}));

const vote = fc.record({
  voter: leaf,
  selectedOptions: fc.array(fc.record({ name: leaf, localId: leaf }, { requiredKeys: [] }), {
    maxLength: 3,
  }),
  parentMessage: node,
});
const notification = fc.record({
  recipientIds: fc.array(leaf, { maxLength: 3 }),
  type: leaf,
  body: leaf,
  chatId: leaf,
});

const body = (events: readonly string[], data: fc.Arbitrary<unknown>) =>
  fc.record({
    event: fc.constantFrom(...events),
    instanceId: fc.oneof(fc.constantFrom<unknown>('33', 33), leaf),
    data: fc.oneof({ weight: 9, arbitrary: data }, { weight: 1, arbitrary: node }),
  });

/** A parsed webhook body with a valid envelope and mostly invalid content. */
export const anyBody = fc.oneof(
  body(
    ['message', 'message_create', 'media_uploaded', 'message_revoke_me'],
    fc.record({ message: node, media: node }, { requiredKeys: ['message'] }),
  ),
  body(['message_ack'], fc.record({ message: node, ack: leaf, acknowledged: leaf })),
  body(['message_edit'], fc.record({ message: node, newBody: leaf, prevBody: leaf })),
  body(['message_revoke_everyone'], fc.record({ after: node, before: node })),
  body(
    ['message_reaction'],
    fc.record({ reaction: fc.record({ reaction: leaf, senderId: leaf, msgId: node }) }),
  ),
  body(['vote_update'], fc.record({ vote })),
  body(['group_join', 'group_leave', 'group_update'], fc.record({ notification })),
  body(
    ['loading_screen', 'disconnected', 'change_state', 'call', 'qr', 'ready'],
    fc.record({ percent: leaf, reason: leaf, state: leaf, call: node }),
  ),
  body(['constructor', '__proto__', 'toString', '\u001b[2J'], node),
);

/** Bytes: JSON of the vendor's shape, any JSON, broken JSON, or none at all. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  anyBody.map((body) => Buffer.from(JSON.stringify(body))),
  anyJson.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
  fc.tuple(anyBody, fc.nat(), fc.integer({ min: 0, max: 255 })).map(([body, at, byte]) => {
    const bytes = Buffer.from(JSON.stringify(body));
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc.uint8Array({ maxLength: 200 }),
);
