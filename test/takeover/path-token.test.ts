import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  hasListenersPath,
  hasPrefixedToken,
  holdsToken,
  pathTokenFrom,
} from '../../src/takeover/path-token.ts';

const OLD = 'x'.repeat(43);

test('a path token begins with the prefix, and a fixed one gets it where it lacks it', () => {
  const fixed = 'my-own-token-of-32-characters-or-more';
  expect(pathTokenFrom(null, randomBytes)).toMatch(/^ehk_[A-Za-z0-9_-]{43}$/);
  expect(pathTokenFrom(null, randomBytes)).not.toBe(pathTokenFrom(null, randomBytes));
  expect(pathTokenFrom(fixed, randomBytes)).toBe(`ehk_${fixed}`);
  expect(pathTokenFrom(`ehk_${fixed}`, randomBytes)).toBe(`ehk_${fixed}`);
});

describe('a webhook url', () => {
  test.each([
    ['https://x.ngrok.app/webhooks/whatsapp/token', true],
    ['http://127.0.0.1:4000/webhooks/whatsapp/token', true],
    ['https://dev.example.com/prefix/webhooks/whatsapp/token', true],
    ['https://x.ngrok.app/webhooks/whatsapp/token2', false],
    ['https://x.ngrok.app/webhooks/whatsapp/a-token', false],
    ['https://x.ngrok.app/webhooks/whatsapp/token/more', false],
    ['https://x.ngrok.app/token', false],
    ['', false],
    [null, false],
  ])('%s holds the path token: %s', (url, holds) => {
    expect(holdsToken(url, 'token')).toBe(holds);
  });

  test.each([
    [`https://dev.example.com/webhooks/whatsapp/ehk_${OLD}`, true, true],
    [`http://127.0.0.1:4000/prefix/webhooks/whatsapp/ehk_${OLD}?x=1`, true, true],
    [`https://bot.example.com/webhooks/whatsapp/${OLD}`, false, true],
    [`https://bot.example.com/webhooks/whatsapp/x${OLD}/more`, false, true],
    ['https://bot.example.com/webhooks/whatsapp/short', false, false],
    ['https://bot.example.com/webhooks/whatsapp/', false, false],
    ['https://bot.example.com/webhooks/whatsapp/ehk_', false, false],
    [`https://bot.example.com/webhooks/telegram/ehk_${OLD}`, false, false],
    [`https://bot.example.com/hook?ehk_${OLD}`, false, false],
  ])('%s has a prefixed path token: %s, and the path of a listener: %s', (url, prefixed, path) => {
    expect(hasPrefixedToken(url)).toBe(prefixed);
    expect(hasListenersPath(url)).toBe(path);
  });
});
