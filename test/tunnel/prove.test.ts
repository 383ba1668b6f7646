/** What is said of a url that does not lead here. */

import { expect, test } from 'vitest';
import { proveLoop } from '../../src/tunnel/prove.ts';
import { app } from '../support/resources.ts';

/** A server that answers every probe like this, and what is said of it. */
async function proof(
  status: number,
  headers: Record<string, string>,
  text: string,
  timeoutMs = 5000,
) {
  const server = await app((_, response) => {
    if (status > 0) response.writeHead(status, headers).end(text);
  });
  return proveLoop({
    url: `${server.url}/probe`,
    expected: 'right',
    shown: 'https://x.example',
    localUrl: 'http://127.0.0.1:4000',
    timeoutMs,
    signal: new AbortController().signal,
  });
}

test('the right answer proves it', async () => {
  await proof(200, {}, 'right');
});

test.each([
  [
    'somebody else',
    200,
    {},
    'wrong',
    'does not lead here: another server answers there',
    '127.0.0.1:4000',
  ],
  [
    'an endless answer',
    200,
    {},
    'right'.repeat(1000),
    'another server answers there',
    '127.0.0.1:4000',
  ],
  ['another status', 503, {}, '', 'does not lead here: it answers 503', '127.0.0.1:4000'],
  [
    'ngrok, offline',
    404,
    { 'ngrok-error-code': 'ERR_NGROK_3200' },
    '',
    'offline: no session serves it (ERR_NGROK_3200)',
    'endpoints',
  ],
  [
    'ngrok, used up',
    402,
    { 'ngrok-error-code': 'ERR_NGROK_727' },
    '',
    'HTTP requests for this month (ERR_NGROK_727)',
    'billing',
  ],
  [
    'ngrok, for another reason',
    400,
    { 'ngrok-error-code': 'ERR_NGROK_9' },
    '',
    'it answers 400 (ERR_NGROK_9)',
    'docs/errors/err_ngrok_9',
  ],
  [
    'what is no code',
    400,
    { 'ngrok-error-code': 'ERR_NGROK_9 <b>' },
    '',
    'it answers 400',
    '127.0.0.1:4000',
  ],
])('%s', async (_, status, headers, text, message, hint) => {
  await expect(proof(status, headers as Record<string, string>, text)).rejects.toMatchObject({
    exit: 'tunnel',
    code: 'loop_not_proven',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

test('nobody answers in time', async () => {
  await expect(proof(0, {}, '', 100)).rejects.toThrow('no answer within 0.1 s');
});
