import { describe, expect, test } from 'vitest';
import type { Webhook } from '../../src/eazewa/client.ts';
import { changed, changeWebhook } from '../../src/takeover/change.ts';
import { fileJournal } from '../../src/takeover/journal.ts';
import { between, clientOf, INSTANCE, journalEntry, simulator } from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';
import { SHORT, shows } from './harness.ts';

const OWN: Webhook = { url: 'https://bot.example.com/hook', events: ['message', 'qr'] };
const LEFT: Webhook = {
  url: 'https://x.ngrok.app/webhooks/whatsapp/the-crashed-token',
  events: ['message'],
};
const ADD = { events: { add: ['call', 'message'], remove: ['qr'] } };

async function setUp(webhook: Webhook) {
  const { apiUrl } = await simulator(webhook);
  const api = await between(apiUrl);
  const journal = fileJournal(temporaryFolder());
  const client = clientOf(api.apiUrl);
  const current = async () => (await clientOf(apiUrl).getInstance(INSTANCE)).webhook;
  let lags = 0;
  const change = (what: Parameters<typeof changeWebhook>[3]) =>
    changeWebhook(client, journal, INSTANCE, what, { patience: SHORT, lags: () => lags++ });
  return { api, journal, current, change, lags: () => lags };
}

describe('a change', () => {
  test('keeps the order of events, adds new ones at the end, and leaves out what is absent', () => {
    expect(changed(OWN, ADD)).toEqual({ url: OWN.url, events: ['message', 'call'] });
    expect(changed(OWN, { url: null })).toEqual({ url: null, events: OWN.events });
    expect(changed(OWN, { events: { only: ['call', 'call'] } }).events).toEqual(['call']);
    expect(changed(OWN, {})).toEqual(OWN);
  });

  test('of an instance that nobody holds is written and read back', async () => {
    const { api, current, change } = await setUp(OWN);
    const after = { url: OWN.url, events: ['message', 'call'] };
    expect(await change(ADD)).toEqual({ before: OWN, after, held: false });
    expect(await current()).toEqual(after);
    expect(api.short().filter((asked) => asked !== 'GET')).toEqual([`PUT ${OWN.url}`]);
  });

  test('that changes nothing writes nothing', async () => {
    const { api, change } = await setUp(OWN);
    await change({ events: { add: ['message'], remove: ['call'] } });
    expect(api.short()).toEqual(['GET']);
  });

  test('of one that a listener holds changes what is restored in the end, and the events meanwhile', async () => {
    const { journal, current, change } = await setUp(LEFT);
    await journal.write(journalEntry({ original: OWN, ours: LEFT }));
    const after = { url: OWN.url, events: ['message', 'call'] };
    expect(await change(ADD)).toEqual({ before: OWN, after, held: true });
    expect((await journal.read())?.original).toEqual(after);
    expect(await current()).toEqual({ url: LEFT.url, events: ['message', 'call'] });
  });

  test('of its url waits for the listener to end', async () => {
    const { api, journal, current, change } = await setUp(LEFT);
    await journal.write(journalEntry({ original: OWN, ours: LEFT }));
    await change({ url: null, events: { only: ['ready'] } });
    expect((await journal.read())?.original).toEqual({ url: null, events: ['ready'] });
    expect(await current()).toEqual(LEFT);
    expect(api.short()).toEqual(['GET']);
  });

  test('that the vendor refuses leaves the journal as it was', async () => {
    const { api, journal, current, change } = await setUp(LEFT);
    const entry = journalEntry({ original: OWN, ours: LEFT });
    await journal.write(entry);
    api.disturb(({ method }) =>
      method === 'PUT' ? { status: 422, json: { message: 'no' } } : null,
    );
    expect(await failureOf(change(ADD))).toMatchObject({ code: 'vendor_refused' });
    expect(await journal.read()).toEqual(entry);
    expect(await current()).toEqual(LEFT);
  });

  test('of a url that is not there any more is not made: another was agreed to', async () => {
    const { journal, current, change } = await setUp(OWN);
    const from = 'https://staging.example.com/hook';
    const meant = { url: 'https://new.example.com/hook', from };
    expect(await failureOf(change(meant))).toMatchObject({ code: 'changed_meanwhile' });
    expect(await current()).toEqual(OWN);
    await journal.write(journalEntry({ original: { url: from, events: [] } }));
    expect(await failureOf(change(meant))).toMatchObject({ code: 'changed_meanwhile' });
    expect((await change({ ...meant, from: OWN.url })).after.url).toBe(meant.url);
  });

  test('to the url of the listener itself is refused: it ends with it', async () => {
    const { journal, current, change } = await setUp(LEFT);
    const entry = journalEntry({ original: OWN, ours: LEFT });
    await journal.write(entry);
    expect(await failureOf(change({ url: LEFT.url }))).toMatchObject({ code: 'listeners_url' });
    expect(await journal.read()).toEqual(entry);
    expect(await current()).toEqual(LEFT);
  });

  test.each([
    `https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`,
    `https://abc.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`,
  ])(
    'to the url of another listener is refused, because no release would restore it: %s',
    async (url) => {
      const { api, journal, change } = await setUp(LEFT);
      const entry = journalEntry({ original: OWN, ours: LEFT });
      await journal.write(entry);
      expect(await failureOf(change({ url }))).toMatchObject({ code: 'listeners_url' });
      expect(await journal.read()).toEqual(entry);
      expect(api.short()).toEqual(['GET']);
    },
  );

  test('that the vendor shows after a while is made, and the wait is told once', async () => {
    const { api, change, current, lags } = await setUp(OWN);
    api.disturb(({ method }, number) => (method === 'GET' && number < 6 ? shows(OWN) : null));
    const { after } = await change(ADD);
    expect(await current()).toEqual(after);
    expect(lags()).toBe(1);
  });

  test("of another listener's webhook is refused: nobody would undo it", async () => {
    const url = `https://y.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`;
    const { api, change, current } = await setUp({ url, events: ['message'] });
    expect(await failureOf(change(ADD))).toMatchObject({ code: 'listeners_url', exit: 'usage' });
    expect(api.short()).toEqual(['GET']);
    await change({ url: OWN.url });
    expect(await current()).toMatchObject({ url: OWN.url });
  });

  test('whose request fails is not sent again over the webhook of somebody else', async () => {
    const { api, change, current } = await setUp(OWN);
    const theirs = shows({ url: 'https://x.example/', events: [] });
    api.disturb(({ method }, number) =>
      method === 'PUT' ? { status: 503 } : number > 1 ? theirs : null,
    );
    expect(await failureOf(change(ADD))).toMatchObject({ code: 'changed_meanwhile' });
    expect(api.short().filter((asked) => asked !== 'GET')).toEqual([`PUT ${OWN.url}`]);
    expect(await current()).toEqual(OWN);
  });

  test('that somebody else replaces at that moment is an error at once', async () => {
    const { api, change, lags } = await setUp(OWN);
    const theirs = shows({ url: 'https://x.example/', events: [] });
    api.disturb((_, number) => (number === 3 ? theirs : null));
    expect(await failureOf(change(ADD))).toMatchObject({ code: 'read_back_differs' });
    expect(api.asked).toHaveLength(3);
    expect(lags()).toBe(0);
  });

  test('that the vendor does not show afterwards is an error', async () => {
    const { api, change } = await setUp(OWN);
    api.disturb(({ method }) => (method === 'PUT' ? { status: 200 } : null));
    expect(await failureOf(change(ADD))).toMatchObject({ code: 'read_back_differs' });
  });
});
