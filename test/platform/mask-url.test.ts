import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskUrl } from '../../src/platform/mask-url.ts';

const SECRET = 'q7Xw2_p-RkD0sLm9VbN4aZ1c';

test.each([
  ['http://localhost:3000/hook', 'http://localhost:3000/hook'],
  ['https://waapi.app/api/v1/instances/33', 'https://waapi.app/api/v1/instances/33'],
  ['https://user:hunter2@x.test/', 'https://***@x.test/'],
  ['https://x.test/a?token=hunter2&b', 'https://x.test/a?token=***&***'],
  ['https://x.test/a#hunter2', 'https://x.test/a#***'],
  ['https://x.test/webhooks/whatsapp/ehk_short', 'https://x.test/webhooks/whatsapp/***'],
  [
    'https://x.ngrok-free.app/webhooks/whatsapp/short',
    'https://x.ngrok-free.app/webhooks/whatsapp/***',
  ],
  ['https://x.test/p/webhooks/whatsapp/a/b/', 'https://x.test/p/webhooks/whatsapp/***/***/'],
  [`https://hooks.test/services/${SECRET}/go`, 'https://hooks.test/services/***/go'],
  ['https://x.test/hook/3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'https://x.test/hook/***'],
  [`https://x.test/v1.${SECRET}.x`, 'https://x.test/***'],
  ['https://x.test/whatsapp-webhook-receiver', 'https://x.test/whatsapp-webhook-receiver'],
  ['localhost:3000/hook?x=hunter2', 'localhost:3000/hook'],
  ['http://user:hunter2@', 'http://***@'],
  ['http://user:hunter#2@x.test:8080', 'http://***@'],
  ['http://user:hunter?2@x.test:8080', 'http://***@'],
  ['not a url', 'not a url'],
  ['', ''],
])('%s is shown as %s', (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
});

test('a secret never shows, wherever it stands', () => {
  const places = [
    (s: string) => `https://${s}@x.test/`,
    (s: string) => `https://user:${s}@x.test/`,
    (s: string) => `https://user:${s}#1@x.test/`,
    (s: string) => `https://user:${s}?1@x.test/`,
    (s: string) => `https://x.test/${s}`,
    (s: string) => `https://x.test/a/${s}/b`,
    (s: string) => `https://x.test/?a=${s}`,
    (s: string) => `https://x.test/?${s}`,
    (s: string) => `https://x.test/#${s}`,
    (s: string) => `x.test/a?${s}`,
    (s: string) => `http://[broken/${s}`,
    (s: string) => `mailto:${s}@x.test`,
  ];
  const secret = fc.stringMatching(/^[A-Za-z0-9_-]{24,48}$/).map((text) => `a1${text}`);
  fc.assert(
    fc.property(fc.constantFrom(...places), secret, (place, text) => {
      expect(maskUrl(place(text))).not.toContain(text);
    }),
  );
});

test('is safe to show', () => {
  expect(maskUrl('no url \u{1b}[31m \u{202e}')).toBe('no url ␛[31m ');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(maskUrl(text)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    }),
  );
});
