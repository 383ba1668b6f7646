import { describe, expect, test } from 'vitest';
import {
  createRouter,
  parseRoute,
  parseTarget,
  targetsFor,
  withPath,
} from '../../src/delivery/target.ts';
import { thrownBy } from '../support/failure.ts';

describe('a target', () => {
  test.each([
    ['3000', 'http://localhost:3000/', false],
    ['3000/hook', 'http://localhost:3000/hook', true],
    ['3000?a=b', 'http://localhost:3000/?a=b', true],
    ['65535', 'http://localhost:65535/', false],
    ['localhost:3000', 'http://localhost:3000/', false],
    ['localhost:3000/', 'http://localhost:3000/', true],
    ['localhost:3000/hook', 'http://localhost:3000/hook', true],
    ['localhost:3000?a=b', 'http://localhost:3000/?a=b', true],
    ['192.168.1.5:8080/a/b?c=d', 'http://192.168.1.5:8080/a/b?c=d', true],
    ['[::1]:3000/x', 'http://[::1]:3000/x', true],
    ['example.com', 'http://example.com/', false],
    ['https://example.com', 'https://example.com/', false],
    ['HTTPS://Example.COM/Hook', 'https://example.com/Hook', true],
    ['http://127.0.0.1:3000/hook#part', 'http://127.0.0.1:3000/hook', true],
    ['https://me:secret@example.com/x', 'https://me:secret@example.com/x', true],
    ['http://bücher.example/ä', 'http://xn--bcher-kva.example/%C3%A4', true],
  ])('%s is %s', (typed, url, hasPath) => {
    expect(parseTarget(typed)).toEqual({ url, events: null, hasPath });
  });

  test.each([
    '',
    ' ',
    '0',
    '65536',
    ':3000',
    '/hook',
    'localhost:port',
    'localhost:99999',
    'http://',
    'http://:3000',
    'ftp://localhost/x',
    'file:///etc/passwd',
    'javascript://localhost',
    'http:///hook',
    'a b:3000',
  ])('%j is none, and the error says what one is', (typed) => {
    const error = thrownBy(() => parseTarget(typed));
    expect(error).toMatchObject({ exit: 'usage', code: 'not_a_target' });
    expect(error.hint).toContain('3000');
  });
});

test('an error about what is no target or route shows no password', () => {
  for (const read of [parseTarget, parseRoute]) {
    const { message } = thrownBy(() => read('htp://me:secret@example.com/x'));
    expect(message).toMatch(/is not a (target|route)$/);
    expect(message).not.toContain('secret');
  }
  const { message } = thrownBy(() => parseRoute('message=ftp://me:secret@example.com'));
  expect(message).not.toContain('secret');
});

describe('a route', () => {
  test.each([
    ['message=3000', ['message'], 'http://localhost:3000/'],
    ['message=3000/m', ['message'], 'http://localhost:3000/m'],
    ['message*=localhost:3000/m', ['message*'], 'http://localhost:3000/m'],
    ['qr, ready ,=3000', ['qr', 'ready'], 'http://localhost:3000/'],
    ['*=3000', ['*'], 'http://localhost:3000/'],
    ['group_*,*_ack=3000', ['group_*', '*_ack'], 'http://localhost:3000/'],
    ['presence_update=3000', ['presence_update'], 'http://localhost:3000/'],
    ['call=http://localhost:3000/?a=b', ['call'], 'http://localhost:3000/?a=b'],
  ])('%s', (typed, events, url) => {
    expect(parseRoute(typed)).toMatchObject({ events, url });
  });

  test.each([
    ['3000', 'not_a_route'],
    ['message', 'not_a_route'],
    ['=3000', 'not_a_route'],
    [' , =3000', 'not_a_route'],
    ['', 'not_a_route'],
    ['mesage=3000', 'unknown_event'],
    ['message,nope=3000', 'unknown_event'],
    ['nope*=3000', 'unknown_event'],
    ['message.=3000', 'unknown_event'],
    ['Message=3000', 'unknown_event'],
    ['message=', 'not_a_target'],
    ['message=ftp://x', 'not_a_target'],
  ])('%j is none: %s', (typed, code) => {
    expect(thrownBy(() => parseRoute(typed))).toMatchObject({ exit: 'usage', code });
  });
});

describe('the path of a target without one', () => {
  const path = (typed: string, previous: string | null) =>
    withPath(parseTarget(typed), previous).url;

  test.each([
    ['3000', 'https://bot.example.com/hooks/wa', 'http://localhost:3000/hooks/wa'],
    ['3000', 'https://bot.example.com/hooks/wa?secret=1', 'http://localhost:3000/hooks/wa'],
    ['3000', 'https://bot.example.com', 'http://localhost:3000/'],
    ['3000', null, 'http://localhost:3000/'],
    ['3000', 'no url', 'http://localhost:3000/'],
    ['localhost:3000/', 'https://bot.example.com/hooks', 'http://localhost:3000/'],
    ['localhost:3000/own', 'https://bot.example.com/hooks', 'http://localhost:3000/own'],
    ['localhost:3000?a=b', 'https://bot.example.com/hooks', 'http://localhost:3000/?a=b'],
  ])('%s after %s is %s', (typed, previous, url) => {
    expect(path(typed, previous)).toBe(url);
  });

  test('is taken by routes too', () => {
    expect(withPath(parseRoute('message=3000'), 'https://x.example/hook')).toEqual({
      url: 'http://localhost:3000/hook',
      events: ['message'],
      hasPath: true,
    });
  });
});

describe('the targets of an event', () => {
  const targets = [
    parseTarget('localhost:1/all'),
    parseRoute('message*=localhost:2/messages'),
    parseRoute('message,qr=localhost:3/two'),
    parseRoute('*_ack=localhost:1/all'),
  ];
  const portsOf = (event: string) => targetsFor(targets, event).map((url) => new URL(url).port);

  test.each([
    ['message', ['1', '2', '3']],
    ['message_create', ['1', '2']],
    ['message_ack', ['1', '2']],
    ['qr', ['1', '3']],
    ['ready', ['1']],
    ['brand_new', ['1']],
    ['xmessage', ['1']],
    ['constructor', ['1']],
  ])('%s goes to %j, to each once', (event, ports) => {
    expect(portsOf(event)).toEqual(ports);
  });

  test('are none without targets', () => {
    expect(targetsFor([], 'message')).toEqual([]);
  });

  test('a dot in an event name is no glob', () => {
    expect(targetsFor([{ url: 'u', events: ['me.sage'], hasPath: true }], 'message')).toEqual([]);
  });
});

describe('a new event', () => {
  const targets = [parseRoute('message*=localhost:1/one'), parseRoute('qr=localhost:2/two')];
  const [one, two] = targets.map(({ url }) => url);
  const route = createRouter(targets, { only: 'a@c.us', isWanted: (name) => name !== 'call' });
  const skip = (reason: string, ...urls: (string | undefined)[]) =>
    urls.map((url) => ({ url, reason }));

  test('waits for the targets of its route, and skips the others', () => {
    const event = { event: 'message_ack', chat: 'a@c.us' };
    const expected = { waitFor: [one], skipped: skip('--route', two) };
    expect([route(event), route(event)]).toEqual([expected, expected]);
  });

  test.each([
    ['of another chat', { event: 'message', chat: 'b@c.us' }, '--only'],
    ['of no chat', { event: 'qr', chat: null }, '--only'],
    ['that is not wanted', { event: 'call', chat: 'a@c.us' }, 'not among the wanted events'],
    ['without a route', { event: 'ready', chat: 'a@c.us' }, '--route'],
  ])('%s skips all targets, and says why', (_, event, reason) => {
    expect(route(event)).toEqual({ waitFor: [], skipped: skip(reason, one, two) });
  });
});

test('a route that begins with a url is refused without its secrets', () => {
  const error = thrownBy(() => parseRoute('http://me:s3cr3t@127.0.0.1/x?token=s3cr3t'));
  expect(error.code).toBe('not_a_route');
  expect(error.message).not.toContain('s3cr3t');
});
