import { expect, test } from 'vitest';
import { maskPathTokens, maskSecret, maskUrls } from '../../src/platform/mask-text.ts';

const SECRET = '12|q7Xw2p+RkD0sLm9/VbN4';

test.each([
  ['as it is', SECRET],
  ['percent-encoded', encodeURIComponent(SECRET)],
  ['in base64', Buffer.from(SECRET).toString('base64')],
])('a secret %s is masked wherever it stands', (_, form) => {
  expect(maskSecret(`Bearer ${form} is odd, ${form}`, SECRET)).toBe('Bearer *** is odd, ***');
});

test('a text that is too short for a secret, and none, leave words whole', () => {
  expect(maskSecret('the token', 't')).toBe('the token');
  expect(maskSecret('the token', null)).toBe('the token');
});

test.each([
  [
    'The url "https://u:hunter2@x.test/a?k=hunter2" is bad.',
    'The url "https://***@x.test/a?k=***" is bad.',
  ],
  ['<http://x.test/webhooks/whatsapp/short>', '<http://x.test/webhooks/whatsapp/***>'],
  ['%2Fwebhooks%2Fwhatsapp%2Fehk_aB-3_x%22', '%2Fwebhooks%2Fwhatsapp%2F***%22'],
  [
    'see https://ngrok.com/docs/errors/err_ngrok_105',
    'see https://ngrok.com/docs/errors/err_ngrok_105',
  ],
])('the urls of %s are masked', (text, masked) => {
  expect(maskUrls(text)).toBe(masked);
});

test('path tokens are masked outside of urls as well', () => {
  expect(maskPathTokens('/webhooks/whatsapp/ehk_aB-3_x?b, ehk_y')).toBe(
    '/webhooks/whatsapp/***?b, ***',
  );
});
