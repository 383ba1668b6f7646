import { describe, expect, test } from 'vitest';
import { elide, objectIn } from '../../src/eazewa/json.ts';
import { searchText, summarize as summaryOf } from '../../src/eazewa/summary.ts';
import { readWebhook } from '../../src/eazewa/webhook.ts';
import { loadFixture } from '../../src/fixtures/load.ts';
import { createMarker } from '../../src/listener/marks.ts';
import { anyBody, anyBytes, anyJson, fc } from '../support/arbitrary.ts';

const ANA = '12025550142@c.us';
const GROUP = '120363000000000042@g.us';
/** The whole summary of an event. */
const summarize = (...about: Parameters<typeof summaryOf>) => summaryOf(...about).summary;
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('the summary of a fixture', () => {
  test.each([
    ['authenticated.plain', 'the phone is paired'],
    ['call.incoming', 'call from 12025550142'],
    ['change_state.connected', 'CONNECTED'],
    ['disconnected.logout', 'LOGOUT'],
    ['group_join.add', `${GROUP}: 12025550117 added 100000000000163@lid`],
    ['loading_screen.half', '50 %'],
    ['message.chat', '12025550142: "Good morning! Do you still have the blue bicycle?"'],
    ['message.group', `~Leo Example in ${GROUP}: "Who comes along on Saturday?"`],
    ['message.image', '12025550142: image/jpeg 935 B "This is where I would like to ride it"'],
    ['message_ack.delivered', 'delivered to 12025550142'],
    ['message_ack.read', 'read by 12025550142'],
    [
      'message_create.sent',
      'to 12025550142: "Good morning Mia, yes we do. Shall we keep it for you until noon?"',
    ],
    [
      'message_edit.text',
      '12025550142: edited to "Good morning! Do you still have the blue bicycle in size M?", was "Good morning! Do you still h…',
    ],
    ['message_reaction.thumbs-up', '12025550142 reacted 👍 to own message 3EB07D92E4B81F6035AC'],
    [
      'message_revoke_everyone.text',
      '12025550142: deleted for everyone: "Good morning! Do you still have the blue bicycle in size M?"',
    ],
    ['qr.fresh', 'a new QR code to pair with'],
    ['ready.plain', 'the instance can be used'],
    [
      'vote_update.two',
      '12025550117 voted "Along the river", "Over the hill" in "Which route on Saturday?"',
    ],
  ])('%s says: %s', (fixture, summary) => {
    const { event, data } = loadFixture(fixture);
    expect(summarize(event, objectIn(data))).toBe(summary);
  });
});

const BEN = '12025550117@c.us';
const LID = '100000000000142@lid';
const wid = (jid: string) => ({ _serialized: jid });
/** A message from Ana, in short. */
const from = (message: object, more: object = {}) => ({
  message: { id: { remote: ANA }, ...message },
  ...more,
});
type Cases = [string, string, object, string][];

const VCARD =
  'BEGIN:VCARD\r\nVERSION:3.0\r\nN:;Ben;;;\r\nitem1.FN;CHARSET=UTF-8:Ben Exam\r\n ple\\, Esq.\r\nTEL;waid=12025550117:+1\r\nEND:VCARD';

describe('the summary says whose message it is and where:', () => {
  const said = (message: object) => ({ message: { type: 'chat', body: 'x', ...message } });
  const group = { id: { remote: GROUP, fromMe: false }, from: GROUP };
  const status = { id: { remote: 'status@broadcast' } };
  const leo = { notifyName: 'Leo Example' };
  const cases: [string, object, string][] = [
    ['a number', said({ from: ANA }), '12025550142: "x"'],
    ['no push name beside a number', said({ from: ANA, _data: leo }), '12025550142: "x"'],
    ['a wid object', said({ from: wid(ANA) }), '12025550142: "x"'],
    ['a hidden id', said({ from: LID }), `${LID}: "x"`],
    [
      'a hidden id with its push name',
      said({ from: LID, _data: leo }),
      `~Leo Example (${LID}): "x"`,
    ],
    ['an own one', said({ fromMe: true, from: BEN, to: ANA }), 'to 12025550142: "x"'],
    ['an own one in a group', said({ id: { fromMe: true, remote: GROUP } }), `to ${GROUP}: "x"`],
    ['a member of a group', said({ ...group, author: wid(BEN) }), `12025550117 in ${GROUP}: "x"`],
    [
      'a member with a push name',
      said({ ...group, author: BEN, _data: leo }),
      `~Leo Example (12025550117) in ${GROUP}: "x"`,
    ],
    ['a member with a hidden id', said({ ...group, author: LID }), `${LID} in ${GROUP}: "x"`],
    [
      'a member with a hidden id and a push name',
      said({ ...group, author: LID, _data: leo }),
      `~Leo Example in ${GROUP}: "x"`,
    ],
    ['a status', said({ ...status, author: ANA }), 'status of 12025550142: "x"'],
    [
      'a status known by its flag',
      said({ isStatus: true, from: ANA }),
      'status of 12025550142: "x"',
    ],
    ['an own status', said({ ...status, fromMe: true }), 'own status: "x"'],
    [
      'a channel',
      said({ from: '120363000000000099@newsletter' }),
      'channel 120363000000000099@newsletter: "x"',
    ],
    ['nobody', said({}), 'somebody: "x"'],
    ['a push name of no letters', said({ from: LID, _data: { notifyName: ' ' } }), `${LID}: "x"`],
  ];
  test.each(cases)('%s', (_, data, summary) => {
    expect(summarize('message', objectIn(data))).toBe(summary);
  });

  test('what matters is seen beside a push name of any length', () => {
    const data = said({ ...group, author: BEN, _data: { notifyName: 'Leo '.repeat(99) } });
    expect(summarize('message', objectIn(data))).toMatch(/^~Leo .*… \(12025550117\) in \S+: "x"$/);
  });
});

describe('the summary tells a message of the type', () => {
  const file = { mimetype: 'image/jpeg', data: 'AAAA', filesize: 240_000 };
  const cases: [string, object, string][] = [
    ['chat', from({ body: 'Hi' }), '"Hi"'],
    ['chat', from({ body: '' }), 'empty message'],
    ['chat', from({}), 'empty message'],
    ['chat', from({ body: 'Hi', isForwarded: true }), 'forwarded "Hi"'],
    ['chat', from({ body: 'Yes', hasQuotedMsg: true }), 'replied "Yes"'],
    [
      'chat',
      from({
        body: 'Yes',
        hasQuotedMsg: true,
        _data: { quotedMsg: { type: 'chat', body: 'Lunch?' } },
      }),
      'replied "Yes" to "Lunch?"',
    ],
    [
      'chat',
      from({
        body: 'Nice',
        hasQuotedMsg: true,
        _data: { quotedMsg: { type: 'image', body: '/9j/4AAQ' } },
      }),
      'replied "Nice" to image',
    ],
    ['image', from({ body: 'caption' }, { media: file }), 'image/jpeg 240 kB "caption"'],
    ['image', from({ body: '' }, { media: null }), 'image'],
    ['image', from({}, { media: { ...file, filesize: 1_449_000 } }), 'image/jpeg 1.4 MB'],
    ['image', from({}, { media: { ...file, filesize: 999_700 } }), 'image/jpeg 1.0 MB'],
    ['image', from({}, { media: { ...file, filesize: 16_400_000 } }), 'image/jpeg 16 MB'],
    ['image', from({}, { media: { ...file, filesize: null } }), 'image/jpeg 3 B'],
    [
      'image',
      from({}, { media: { mimetype: 'image/png', data: 'data:image/png;base64,AAAAAA==' } }),
      'image/png 4 B',
    ],
    [
      'image',
      from({ hasMedia: true, _data: { mimetype: 'image/webp', size: 5120, caption: 'c' } }),
      'image/webp 5 kB "c"',
    ],
    ['image', from({ _data: { isViewOnce: true } }), 'view-once image'],
    ['image', from({}, { media: { filesize: -1, mimetype: {} } }), 'image'],
    [
      'video',
      from({ duration: '62', isGif: true }, { media: { mimetype: 'video/mp4' } }),
      'GIF video/mp4 1:02',
    ],
    ['video', from({ duration: 'long' }), 'video'],
    ['audio', from({ duration: '3725' }), 'audio 1:02:05'],
    [
      'ptt',
      from({ duration: '27' }, { media: { mimetype: 'audio/ogg; codecs=opus', filesize: 999 } }),
      'voice note 0:27 999 B',
    ],
    ['audio', from({}, { media: { mimetype: 'audio/ogg; codecs=opus' } }), 'audio/ogg'],
    [
      'document',
      from({ body: 'invoice.pdf' }, { media: { ...file, filename: 'invoice.pdf' } }),
      'document "invoice.pdf" 240 kB',
    ],
    [
      'document',
      from({ body: 'Please pay', _data: { filename: 'invoice.pdf' } }),
      'document "invoice.pdf" "Please pay"',
    ],
    ['sticker', from({}, { media: { mimetype: 'image/webp', filesize: 24_000 } }), 'sticker 24 kB'],
    [
      'location',
      from({
        body: 'A'.repeat(2000),
        location: { latitude: 52.5200066, longitude: '13.405', name: 'Café', address: 'Main St' },
      }),
      'location 52.52001, 13.405 "Café, Main St"',
    ],
    [
      'location',
      from({ location: { latitude: 0, longitude: -0.5, description: 'Sea' } }),
      'location 0, -0.5 "Sea"',
    ],
    ['location', from({ body: '/9j/' }), 'location'],
    ['vcard', from({ body: VCARD }), 'contact "Ben Example, Esq."'],
    ['vcard', from({ body: '', vCards: [VCARD] }), 'contact "Ben Example, Esq."'],
    ['vcard', from({ body: 'BEGIN:VCARD' }), 'contact'],
    [
      'multi_vcard',
      from({ body: '', vCards: [VCARD, 'FN:Ann', 3, 'FN:Eve', 'FN:Joe'] }),
      '5 contacts "Ben Example, Esq.", "Ann", ? and 2 more',
    ],
    ['multi_vcard', from({ vCards: ['FN:Ann'] }), '1 contact "Ann"'],
    ['multi_vcard', from({}), '0 contacts'],
    [
      'poll_creation',
      from({
        body: 'Lunch?',
        pollOptions: [{ name: 'Pizza', localId: 0 }, { name: 'Sushi' }, {}],
      }),
      'poll "Lunch?": "Pizza", "Sushi", ?',
    ],
    ['poll_creation', from({ pollName: 'Lunch?', pollOptions: [] }), 'poll "Lunch?"'],
    ['revoked', from({ body: '' }), 'deleted message'],
    ['groups_v4_invite', from({ inviteV4: { groupName: 'Team' } }), 'invitation to "Team"'],
    ['groups_v4_invite', from({ body: 'Join us' }), 'invitation to a group "Join us"'],
    ['order', from({ title: 'Order 12', body: 'thanks' }), 'order "Order 12" "thanks"'],
    ['product', from({ title: 'Blue bicycle' }), 'product "Blue bicycle"'],
    ['payment', from({}), 'payment'],
    ['payment', from({ body: 'A'.repeat(2000) }), 'payment'],
    ['list', from({ body: 'Choose' }), 'list "Choose"'],
    ['list_response', from({ body: 'Noon', selectedRowId: 'row-2' }), 'chose "Noon" (row-2)'],
    ['buttons_response', from({ body: 'Yes', selectedButtonId: 'b1' }), 'pressed "Yes" (b1)'],
    ['template_button_reply', from({ body: 'Yes' }), 'pressed "Yes"'],
    ['reaction', from({ body: '👍' }), 'reaction "👍"'],
    ['call_log', from({ body: '' }), 'call_log'],
    ['ciphertext', from({}), 'ciphertext'],
    [
      'e2e_notification',
      from({ body: '', _data: { subtype: 'encrypt' } }),
      'e2e_notification (encrypt)',
    ],
    ['notification_template', from({ body: '' }), 'notification_template'],
    ['protocol', from({}), 'protocol'],
    [
      'interactive',
      from({ body: 'Menu', hasMedia: true }, { media: file }),
      'image/jpeg 240 kB "Menu"',
    ],
    ['unknown', from({}), 'unknown'],
    ['of_tomorrow', from({ body: 'Hi' }), 'of_tomorrow "Hi"'],
    ['constructor', from({}), 'constructor'],
  ];
  test.each(cases)('%s: %j', (type, data, summary) => {
    const body = objectIn(structuredClone(data));
    Object.assign(objectIn(body.message), { type });
    expect(summarize('message', body)).toBe(`12025550142: ${summary}`);
    expect(summarize('message_create', body)).toBe(`12025550142: ${summary}`);
  });

  test('options of a poll are seen behind a question of any length', () => {
    const data = from({
      type: 'poll_creation',
      body: 'w'.repeat(500),
      pollOptions: [{ name: 'A' }],
    });
    expect(summarize('message', objectIn(data))).toMatch(/…": "A"$/);
  });
});

describe('the summary', () => {
  const chat = (message: object) => ({ message: { id: { remote: ANA }, ...message } });
  const group = (notification: object) => ({
    notification: { chatId: GROUP, author: ANA, recipientIds: [], body: '', ...notification },
  });
  const vote = (more: object) => ({ vote: { voter: ANA, selectedOptions: [], ...more } });
  const cases: Cases = [
    ['no message', 'message', {}, 'somebody: message'],
    ['a type that is none', 'message', chat({ type: 7, body: ['x'] }), '12025550142: message'],
    ['an upload', 'media_uploaded', from({ type: 'image', fromMe: true }), 'to 12025550142: image'],
    [
      'an edit of an empty text',
      'message_edit',
      { ...chat({}), newBody: '', prevBody: 'x' },
      '12025550142: edited to an empty text, was "x"',
    ],
    [
      'an edit that does not say from what',
      'message_edit',
      chat({ body: 'now' }),
      '12025550142: edited to "now"',
    ],
    [
      'an edit of long texts, the new one first',
      'message_edit',
      { ...chat({}), newBody: 'n'.repeat(500), prevBody: 'o'.repeat(500) },
      `12025550142: edited to "${'n'.repeat(69)}…", was "${'o'.repeat(17)}…`,
    ],
    [
      'a deletion',
      'message_revoke_everyone',
      { after: { from: ANA }, before: { type: 'chat', body: 'old' } },
      '12025550142: deleted for everyone: "old"',
    ],
    [
      'a deletion of a picture',
      'message_revoke_everyone',
      { after: { from: ANA }, before: { type: 'image', body: 'caption' } },
      '12025550142: deleted for everyone: image "caption"',
    ],
    [
      'a deletion by an admin',
      'message_revoke_everyone',
      {
        after: { from: GROUP, author: ANA, _data: { subtype: 'admin', revokeSender: wid(BEN) } },
        before: null,
      },
      `12025550142 in ${GROUP}: deleted for everyone by the admin 12025550117`,
    ],
    [
      'a deletion of what is not known',
      'message_revoke_everyone',
      { after: { from: ANA } },
      '12025550142: deleted for everyone',
    ],
    ['no deletion', 'message_revoke_everyone', {}, 'somebody: deleted for everyone'],
    [
      'a deletion on the own phone',
      'message_revoke_me',
      chat({ type: 'chat', body: 'x' }),
      '12025550142: deleted on the own phone: "x"',
    ],
    ['an ack of -1', 'message_ack', { ...chat({}), ack: -1 }, 'failed for 12025550142'],
    ['an ack of 0', 'message_ack', { ...chat({}), ack: 0 }, 'pending for 12025550142'],
    ['an ack of 1', 'message_ack', { ...chat({}), ack: '1' }, 'sent to 12025550142'],
    ['an ack of 2', 'message_ack', { ...chat({}), acknowledged: 2 }, 'delivered to 12025550142'],
    ['an ack of 4', 'message_ack', { ...chat({}), acknowledged: 4 }, 'played by 12025550142'],
    ['an ack in the message only', 'message_ack', chat({ ack: 3 }), 'read by 12025550142'],
    [
      'an ack as the vendor shortens it',
      'message_ack',
      { ack: 3, message: { id: { _serialized: 'true_x' }, to: ANA } },
      'read by 12025550142',
    ],
    ['an ack in a group', 'message_ack', { message: { to: GROUP }, ack: 3 }, `read in ${GROUP}`],
    ['an ack of tomorrow', 'message_ack', { ...chat({}), ack: 9 }, 'acknowledged by 12025550142'],
    ['no ack', 'message_ack', {}, 'acknowledged by somebody'],
    [
      'a reaction',
      'message_reaction',
      {
        reaction: {
          reaction: '👍',
          senderId: ANA,
          msgId: { fromMe: false, remote: ANA, id: '3EB0' },
        },
      },
      '12025550142 reacted 👍 to message 3EB0',
    ],
    [
      'a reaction in a group',
      'message_reaction',
      {
        reaction: {
          reaction: '👍',
          senderId: wid(ANA),
          msgId: { fromMe: true, remote: GROUP, id: '3EB0' },
        },
      },
      `12025550142 reacted 👍 in ${GROUP} to own message 3EB0`,
    ],
    [
      'an own reaction',
      'message_reaction',
      { reaction: { reaction: '👍', senderId: BEN, msgId: { remote: ANA } } },
      '12025550117 reacted 👍 in the chat with 12025550142',
    ],
    [
      'a reaction removed',
      'message_reaction',
      { reaction: { reaction: '', senderId: ANA } },
      '12025550142 removed a reaction',
    ],
    ['no reaction', 'message_reaction', {}, 'somebody removed a reaction'],
    [
      'a vote',
      'vote_update',
      vote({ selectedOptions: [{ name: 'Pizza' }, { name: 'Sushi' }] }),
      '12025550142 voted "Pizza", "Sushi"',
    ],
    ['a vote withdrawn', 'vote_update', vote({ parentMessage: {} }), '12025550142 withdrew a vote'],
    [
      'a vote withdrawn from a known poll',
      'vote_update',
      vote({ parentMessage: { pollName: 'Lunch?' } }),
      '12025550142 withdrew a vote in "Lunch?"',
    ],
    [
      'a vote without names',
      'vote_update',
      vote({ voter: wid(ANA), selectedOptions: [{ localId: 2 }, {}] }),
      '12025550142 voted option 2, an option',
    ],
    [
      'a vote of which the poll knows the names',
      'vote_update',
      vote({
        selectedOptions: [{ localId: 1 }],
        parentMessage: {
          body: 'Lunch?',
          pollOptions: [
            { name: 'Pizza', localId: 0 },
            { name: 'Sushi', localId: 1 },
          ],
        },
      }),
      '12025550142 voted "Sushi" in "Lunch?"',
    ],
    [
      'a vote for objects',
      'vote_update',
      vote({ selectedOptions: [{ name: {}, localId: { toString: 1, valueOf: 1 } }] }),
      '12025550142 voted an option',
    ],
    [
      'somebody added',
      'group_join',
      group({ type: 'add', recipientIds: [wid(BEN), LID] }),
      `${GROUP}: 12025550142 added 12025550117, ${LID}`,
    ],
    [
      'many added',
      'group_join',
      group({ type: 'add', recipientIds: Array(9).fill(BEN) }),
      `${GROUP}: 12025550142 added 12025550117, 12025550117, 12025550117 and 6 more`,
    ],
    [
      'somebody who came by the link',
      'group_join',
      group({ type: 'invite', recipientIds: [ANA] }),
      `${GROUP}: 12025550142 joined by the invitation link`,
    ],
    [
      'somebody who came through a community',
      'group_join',
      group({ type: 'linked_group_join', recipientIds: [BEN] }),
      `${GROUP}: 12025550117 joined through the community`,
    ],
    [
      'somebody removed',
      'group_leave',
      group({ type: 'remove', recipientIds: [BEN], author: undefined }),
      `${GROUP}: somebody removed 12025550117`,
    ],
    [
      'somebody who removed themselves',
      'group_leave',
      group({ type: 'remove', recipientIds: [ANA] }),
      `${GROUP}: 12025550142 left`,
    ],
    ['somebody who left', 'group_leave', group({ type: 'leave' }), `${GROUP}: 12025550142 left`],
    [
      'a subject',
      'group_update',
      group({ type: 'subject', body: 'New' }),
      `${GROUP}: 12025550142 renamed the group "New"`,
    ],
    [
      'a description',
      'group_update',
      group({ type: 'description', body: 'We ride' }),
      `${GROUP}: 12025550142 changed the description "We ride"`,
    ],
    [
      'a picture',
      'group_update',
      group({ type: 'picture' }),
      `${GROUP}: 12025550142 changed the picture`,
    ],
    [
      'who may send',
      'group_update',
      group({ type: 'announce' }),
      `${GROUP}: 12025550142 changed who may send messages`,
    ],
    [
      'who may edit',
      'group_update',
      group({ type: 'restrict' }),
      `${GROUP}: 12025550142 changed who may edit the group`,
    ],
    [
      'a change of tomorrow',
      'group_update',
      group({ type: 'ephemeral', body: '86400', recipientIds: [BEN] }),
      `${GROUP}: ephemeral 12025550117 "86400" by 12025550142`,
    ],
    ['no change', 'group_update', {}, 'a group: changed'],
    ['a call', 'call', { call: { from: wid(ANA) } }, 'call from 12025550142'],
    ['a video call', 'call', { call: { from: ANA, isVideo: true } }, 'video call from 12025550142'],
    [
      'a call of a group',
      'call',
      { call: { from: ANA, isVideo: true, isGroup: true } },
      'group video call from 12025550142',
    ],
    ['an own call', 'call', { call: { from: ANA, fromMe: true } }, 'call to 12025550142'],
    ['no percent', 'loading_screen', {}, 'the instance is loading'],
    ['a percent that is a text', 'loading_screen', { percent: '33.3' }, '33 %'],
    ['a code', 'qr', { qr: '2@x', base64: 'x' }, 'a new QR code to pair with'],
    ['a refused session', 'auth_failure', {}, 'the saved session was refused'],
    ['a refused session with a reason', 'auth_failure', { message: 'expired' }, 'expired'],
    ['an end without a reason', 'disconnected', {}, 'the phone logged out or was lost'],
    ['an instance that is ready', 'ready', { status: 'ready' }, 'the instance can be used'],
    ['a state', 'change_state', { state: 'UNPAIRED' }, 'UNPAIRED'],
    ['no state', 'change_state', { state: {} }, 'the state of the connection changed'],
    ['presence', 'presence_update', { chatId: ANA, isOnline: true }, '12025550142: online'],
    [
      'presence under another key',
      'presence_update',
      { presence: { id: wid(ANA), isOnline: true, chatstate: 'typing' } },
      '12025550142: typing',
    ],
    [
      'presence in a group',
      'presence_update',
      { chatId: GROUP, presence: { chatstate: null, typingParticipants: [BEN] } },
      `${GROUP}: 12025550117 typing`,
    ],
    ['no presence', 'presence_update', {}, 'somebody came online, left, or is typing'],
    ['a community', 'community_created', { name: 'x' }, 'a community was created'],
    [
      'an unknown event with a message',
      'brand_new',
      from({ type: 'chat', body: 'x' }),
      '12025550142: "x"',
    ],
    ['an unknown event', 'brand_new', { a: 1 }, ''],
  ];
  test.each(cases)('of %s', (_, event, data, summary) => {
    expect(summarize(event, objectIn(data))).toBe(summary);
  });

  test('is one line that a terminal does not obey', () => {
    const body = 'a\u001b[2Jb\r\nc\u0007d\u202ee';
    expect(summarize('message', chat({ type: 'chat', body }))).toBe('12025550142: "a␛[2Jb↵c␇de"');
  });

  test('of a text of 60 MB is made at once', () => {
    const data = chat({ type: 'chat', body: 'x'.repeat(60_000_000) });
    expect(summarize('message', data)).toHaveLength(120);
  });
});

describe('the summary of a list of ten million', () => {
  const cases: [string, () => object][] = [
    [
      'group_join',
      () => ({ notification: { chatId: GROUP, recipientIds: Array(10_000_000).fill(ANA) } }),
    ],
    [
      'vote_update',
      () => ({ vote: { voter: ANA, selectedOptions: Array(10_000_000).fill({ name: 'x' }) } }),
    ],
  ];
  test.each(cases)('is made at once: %s', (event, make) => {
    const data = objectIn(make());
    expect(summarize(event, data)).toMatch(/ and 9999997 more$/);
  });
});

describe('the text for searching', () => {
  test('is the summary, then every text, without base64', () => {
    const body = {
      event: 'message',
      data: {
        message: { from: ANA, type: 'chat', body: 'Hello' },
        media: { data: 'A'.repeat(3000) },
      },
    };
    expect(searchText('12025550142: "Hello"', bytes(body))).toBe(
      ['12025550142: "Hello"', ANA, 'chat', 'Hello'].join('\n'),
    );
  });

  test('is 8 kB at most', () => {
    const body = bytes({
      event: 'message',
      data: { a: Array(1000).fill('some words '.repeat(20)) },
    });
    expect(searchText('a summary', body)).toHaveLength(8192);
  });

  test('is the summary alone for what is no webhook', () => {
    expect(searchText('', Buffer.from('no JSON'))).toBe('');
  });

  test('is found in a body that is nested a hundred thousand deep', () => {
    const deep = 100_000;
    const body = `{"event":"x","data":{"a":${'['.repeat(deep)}"found"${']'.repeat(deep)}}}`;
    expect(searchText('', Buffer.from(body))).toBe('\nfound');
  });
});

describe('the columns of an event', () => {
  test.each([
    ['message.chat', 'in', 'Mia Example', 'Good morning! Do you still have the blue bicycle?'],
    ['message.group', 'in', 'Leo Example', 'Who comes along on Saturday?'],
    [
      'message.image',
      'in',
      'Mia Example',
      'image/jpeg 935 B "This is where I would like to ride it"',
    ],
    ['message_create.sent-image', 'out', null, /^image\/jpeg /],
    ['message_create.received', 'in', 'Mia Example', /^Good morning!/],
    ['message_edit.text', 'in', 'Mia Example', /^edited to "Good/],
    ['message_revoke_everyone.text', 'in', 'Mia Example', /^deleted for everyone: "Good/],
    ['message_revoke_everyone.no-before', 'in', 'Mia Example', 'deleted for everyone'],
    ['message_ack.read', null, null, 'read'],
    ['message_ack.group', null, null, /^(sent|delivered|read)$/],
    ['message_reaction.thumbs-up', 'in', null, '👍 to own message'],
    ['message_reaction.group', 'in', '100000000000163@lid', '🚲 to message'],
    ['vote_update.two', 'in', '12025550117', /^voted "Along the river"/],
    ['group_join.add', 'in', null, '12025550117 added 100000000000163@lid'],
    ['group_update.subject', 'in', 'Saturday ride along the river', /renamed the group/],
    ['call.incoming', 'in', null, 'call'],
    ['qr.fresh', null, null, 'a new QR code to pair with'],
    ['change_state.connected', null, null, 'CONNECTED'],
  ])('%s: %s, %s, %s', (fixture, direction, name, text) => {
    const { event, data } = loadFixture(fixture);
    const columns = summaryOf(event, objectIn(data));
    expect(columns).toMatchObject({ direction, name });
    if (typeof text === 'string') expect(columns.text).toBe(text);
    else expect(columns.text).toMatch(text);
  });

  test('a text that has quotes itself loses only those around it', () => {
    const said = (body: string) => summaryOf('message', { message: { type: 'chat', body } }).text;
    expect(said('"one" and "two"')).toBe('"one" and "two"');
    expect(said('')).toBe('empty message');
  });
});

describe('arbitrary bodies', () => {
  const summaryIsSafe = (summary: string) => {
    const graphemes = [...new Intl.Segmenter('en').segment(summary)];
    expect(graphemes.length).toBeLessThanOrEqual(120);
    expect(summary).not.toMatch(/\p{Cc}|\p{Cs}|[\u2028-\u202e\u2066-\u2069]/u);
  };

  test('no bytes make the parsers throw', () => {
    const marker = createMarker();
    fc.assert(
      fc.property(anyBytes, (body) => {
        const webhook = readWebhook(body);
        if ('reason' in webhook) {
          expect(searchText('', body)).toBe('');
          return;
        }
        const summary = summarize(webhook.event, webhook.data);
        summaryIsSafe(summary);
        expect(searchText(summary, body).length).toBeLessThanOrEqual(8192);
        JSON.stringify(elide(webhook.body));
        marker.mark(webhook, 'evt_x');
      }),
      { numRuns: 5000 },
    );
  });

  test('any JSON without base64 and depth is shown as it is', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.stringify(elide(value))).toBe(JSON.stringify(value));
      }),
      { numRuns: 1000 },
    );
  });

  test('no summary shows undefined or [object Object]', () => {
    // Texts of people may say "undefined"; here there are none that do.
    const says = /undefined|\[object|NaN|function/;
    fc.assert(
      fc.property(anyBody, ({ event, data }) => {
        if (says.test(JSON.stringify(data))) return;
        expect(summarize(event, objectIn(data))).not.toMatch(says);
      }),
      { numRuns: 5000 },
    );
  });
});
