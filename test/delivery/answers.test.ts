import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { createDeliverer } from '../../src/delivery/deliver.ts';
import { tcpServer } from '../support/resources.ts';

/** What an app does with the socket when it has read the request. */
type Answer = string | ((socket: Socket) => void);

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const bytes = (head: string, body: Buffer) => (socket: Socket) => {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${head}\r\n\r\n`);
  socket.end(body);
};
const then = (said: string, rest: (socket: Socket) => void) => (socket: Socket) => {
  socket.write(said, () => setImmediate(() => rest(socket)));
};

/** Sends an event to an app that answers like this; returns what is shown of the attempt. */
async function shown(
  answer: Answer,
  { answerMs = 10_000, timeoutMs = 10_000 } = {},
): Promise<string> {
  const { url } = await tcpServer((socket) => {
    let read = '';
    socket.on('data', (chunk) => {
      read += chunk.toString('latin1');
      if (!read.endsWith('{}')) return;
      read = '';
      if (typeof answer === 'string') socket.end(answer, 'latin1');
      else answer(socket);
    });
  });
  const deliverer = createDeliverer({ answerMs });
  onTestFinished(() => deliverer.close());
  const result = await deliverer.deliver({
    url,
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs,
  });
  if (result.kind !== 'answered') return `${result.kind}: ${result.error}`;
  const body = result.body.toString('latin1').slice(0, 12);
  return [result.status, body, result.error]
    .filter((part) => part !== '' && part !== null)
    .join(' | ');
}

const PORT = 'check that this is the port of the app';
const CUT = 'the answer was cut off: the app closed the connection before its end';
const CLOSED =
  'silent: the app closed the connection before it answered: it may have crashed or restarted; see its log';
const RESET = 'silent: connection reset: the app may have crashed or restarted; see its log';

const KINDS: [name: string, answer: Answer, shows: string | RegExp][] = [
  ['200 with a length', OK, '200 | ok'],
  ['200 without a body', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', '200'],
  ['200 that ends with the connection', 'HTTP/1.1 200 OK\r\n\r\nok', '200 | ok'],
  [
    '200 in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    '200 | ok',
  ],
  [
    '200 in chunks with a trailer',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    '200 | ok',
  ],
  ['200 by HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nok', '200 | ok'],
  ['200 without a reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', '200 | ok'],
  ['an unasked 100 Continue first', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, '200 | ok'],
  ['three of them', `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)}${OK}`, '200 | ok'],
  ['102 Processing first', `HTTP/1.1 102 Processing\r\n\r\n${OK}`, '200 | ok'],
  ['103 Early Hints first', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`, '200 | ok'],
  ['100 Continue and nothing more', 'HTTP/1.1 100 Continue\r\n\r\n', CLOSED],
  [
    '101 Switching Protocols',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
    'silent: the app answered 101 and switched to another protocol: a webhook needs an answer by HTTP',
  ],
  ['201', 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n', '201'],
  ['204', 'HTTP/1.1 204 No Content\r\n\r\n', '204'],
  ['204 with a body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok', '204'],
  ['205 with a body', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 2\r\n\r\nok', '205 | ok'],
  ['301', 'HTTP/1.1 301 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n', '301'],
  ['307', 'HTTP/1.1 307 Temporary\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n', '307'],
  ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', '304'],
  ['404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone', '404 | none'],
  [
    '413 before the body is read',
    then('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', (socket) =>
      socket.end(),
    ),
    '413',
  ],
  [
    '500 and a reset',
    then('HTTP/1.1 500 Error\r\nContent-Length: 4\r\n\r\noops', (socket) =>
      socket.resetAndDestroy(),
    ),
    '500 | oops',
  ],
  ['a status that does not exist', 'HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n', '799'],
  ['gzip', bytes('Content-Encoding: gzip', gzipSync('hello')), /^200 \| /],
  ['br', bytes('Content-Encoding: br', brotliCompressSync('hello')), /^200 \| /],
  ['deflate', bytes('Content-Encoding: deflate', deflateSync('hello')), /^200 \| /],
  [
    'a body cut off before its length',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok',
    `200 | ok | ${CUT}`,
  ],
  [
    'a body reset halfway',
    then('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok', (socket) => socket.resetAndDestroy()),
    `200 | ok | ${CUT}`,
  ],
  [
    'chunks cut off',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok',
    `200 | ok | ${CUT}`,
  ],
  [
    'a chunk without a size',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n',
    '200 | the body of the answer is not valid HTTP: a chunk of its body has no valid size',
  ],
  ['more than its length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more', '200 | ok'],
  ['two answers', `${OK}${OK}`, '200 | ok'],
  ['headers cut off', 'HTTP/1.1 200 OK\r\nContent-Le', CLOSED],
  [
    'headers of 40 kB',
    `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    'silent: the headers of the answer are over 16 kB',
  ],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    `silent: the answer is not valid HTTP ("HTTP/1.1 200 OK"): its length is given twice; ${PORT}`,
  ],
  [
    'a length that is no number',
    'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok',
    `silent: the answer is not valid HTTP ("HTTP/1.1 200 OK"): its Content-Length is no number; ${PORT}`,
  ],
  [
    'a header without a colon',
    'HTTP/1.1 200 OK\r\nnocolon\r\nContent-Length: 2\r\n\r\nok',
    `silent: the answer is not valid HTTP ("HTTP/1.1 200 OK"): one of its headers has no colon, or a character that is not allowed; ${PORT}`,
  ],
  [
    'lines that end with LF only',
    'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    `silent: the answer is not valid HTTP ("HTTP/1.1 200 OK"): one of its lines does not end with CR LF; ${PORT}`,
  ],
  [
    'a status that is no number',
    'HTTP/1.1 OK\r\n\r\n',
    `silent: the answer is not valid HTTP ("HTTP/1.1 OK"): its status is no number; ${PORT}`,
  ],
  [
    'an SSH banner',
    'SSH-2.0-OpenSSH_9\r\n',
    `silent: the answer is not valid HTTP ("SSH-2.0-OpenSSH_9"): it does not begin with HTTP/; ${PORT}`,
  ],
  [
    'an SMTP banner',
    '220 mail.example.com ESMTP\r\n',
    `silent: the answer is not valid HTTP ("220 mail.example.com ESMTP"): it does not begin with HTTP/; ${PORT}`,
  ],
  [
    'a TLS alert',
    '\x15\x03\x01\x00\x02\x02\x16',
    'silent: the target speaks TLS: use https:// instead of http://',
  ],
  [
    'frames of HTTP/2',
    '\x00\x00\x12\x04\x00\x00\x00\x00\x00',
    `silent: the answer is not valid HTTP: it does not begin with HTTP/; ${PORT}`,
  ],
  [
    'HTML without a head',
    '<html>hello</html>',
    `silent: the answer is not valid HTTP ("<html>hello</html>"): it does not begin with HTTP/; ${PORT}`,
  ],
  [
    'control characters',
    '\x1b]0;x\x07\r\n\r\n',
    `silent: the answer is not valid HTTP: it does not begin with HTTP/; ${PORT}`,
  ],
  ['nothing and FIN', '', CLOSED],
  ['nothing and a reset', (socket) => void socket.resetAndDestroy(), RESET],
];

test.each(KINDS)('an app that answers with %s', async (_, answer, shows) => {
  const said = await shown(answer);
  if (typeof shows === 'string') expect(said).toBe(shows);
  else expect(said).toMatch(shows);
});

test('an app whose answer never ends shows its beginning', async () => {
  const endless = then('HTTP/1.1 200 OK\r\n\r\nok', () => {});
  expect(await shown(endless, { answerMs: 150 })).toBe(
    '200 | ok | the answer did not end within 0.15 s; its beginning is stored',
  );
});

test('an app that says nothing at all is told with the flag that waits longer', async () => {
  expect(await shown(() => {}, { timeoutMs: 150 })).toBe(
    'silent: no answer within 0.15 s: check what the app does meanwhile, or wait longer with --timeout',
  );
});
