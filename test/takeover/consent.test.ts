import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/errors.ts';
import { isListeners, mayReplace } from '../../src/takeover/consent.ts';

function refusal(current: string | null, replace: string | null = null, protectedInstance = false) {
  try {
    mayReplace({ instanceId: '33', current, replace, protectedInstance });
    return null;
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

describe('a webhook that may be replaced without asking', () => {
  test.each([
    null,
    '',
    'http://localhost:3000/hook',
    'http://LOCALHOST/hook',
    'http://127.0.0.1:4000/webhooks/whatsapp/x',
    'http://127.8.8.8/',
    'http://[::1]:3000/',
    'https://abc.ngrok.io/x',
    'https://ABC.ngrok-free.app/x',
    'https://a.b.ngrok.app',
    'https://x.ngrok.dev',
    'https://x.ngrok-free.dev',
    'https://x.loca.lt/',
    'https://x.trycloudflare.com/',
    'https://x-3000.euw.devtunnels.ms/',
    'https://ngrok.io/',
    'https://x.ngrok.io./',
  ])('is %s', (current) => {
    expect(refusal(current)).toBe(null);
  });
});

describe('a webhook of somebody else', () => {
  test.each([
    ['https://bot.example.com/hook', 'bot.example.com'],
    ['https://bot.example.com:8443/hook', 'bot.example.com'],
    ['http://192.168.1.5/hook', '192.168.1.5'],
    ['https://ngrok.io.example.com/', 'ngrok.io.example.com'],
    ['https://notngrok.io/', 'notngrok.io'],
    ['https://localhost.example.com/', 'localhost.example.com'],
    ['https://me:secret@bot.example.com/', 'bot.example.com'],
    ['https://127.0.0.1.example.com/', '127.0.0.1.example.com'],
    ['no url', 'no url'],
    // Another machine's listener: restored later, the webhook would point at a tunnel that is gone.
    [`https://abc.ngrok.app/webhooks/whatsapp/${'x'.repeat(43)}`, 'abc.ngrok.app'],
    [`https://dev.example.com/webhooks/whatsapp/ehk_${'x'.repeat(43)}`, 'dev.example.com'],
    [`http://127.0.0.1:4000/webhooks/whatsapp/ehk_${'x'.repeat(43)}`, '127.0.0.1'],
  ])('at %s is refused, and its host is named', (current, host) => {
    const error = refusal(current);
    expect(error).toMatchObject({
      exit: 'usage',
      code: 'foreign_webhook',
      facts: { host },
      hint: expect.stringContaining(`--replace ${host}`),
    });
    expect(error?.message).toContain(host);
    expect(error?.message).not.toContain('secret');
  });

  test('needs its host named with --tee, too, which is offered', () => {
    const ask = (tee: boolean) => () =>
      mayReplace({
        ...{ instanceId: '33', current: 'https://bot.example.com/hook', replace: null, tee },
        protectedInstance: false,
      });
    for (const tee of [false, true]) {
      expect(ask(tee)).toThrow(
        expect.objectContaining({
          code: 'foreign_webhook',
          hint: expect.stringContaining('--replace bot.example.com --tee'),
        }),
      );
    }
    expect(ask(false)).toThrow('would get none');
    expect(ask(true)).toThrow('would get them from this machine only');
  });

  test('may be replaced when its host is named, and no other', () => {
    const current = 'https://bot.example.com:8443/hook';
    expect(refusal(current, 'bot.example.com')).toBe(null);
    expect(refusal(current, 'BOT.example.com')).toBe(null);
    for (const other of ['', 'example.com', '*', 'yes', 'bot.example.com.', 'other.example.com']) {
      expect(refusal(current, other)?.code).toBe('foreign_webhook');
    }
  });
});

describe("a listener's url", () => {
  const token = 'x'.repeat(43);

  test.each([
    [`https://dev.example.com/webhooks/whatsapp/ehk_${token}`, true],
    [`http://127.0.0.1:4000/webhooks/whatsapp/ehk_${token}`, true],
    [`https://abc.ngrok.app/webhooks/whatsapp/${token}`, true],
    ['https://abc.ngrok.app/hook', false],
    // The vendor's own SDK has this path: production is restored.
    [`https://bot.example.com/webhooks/whatsapp/${token}`, false],
    [`http://127.0.0.1:4000/webhooks/whatsapp/${token}`, false],
    [null, false],
  ])('is known by its prefix, or by a host of tunnels and its path: %s %s', (url, isIt) => {
    expect(isListeners(url)).toBe(isIt);
  });

  test('is offered no copy of the events, which ends with that listener', () => {
    const error = refusal(`https://dev.example.com/webhooks/whatsapp/ehk_${token}`);
    expect(error?.hint).not.toContain('--tee');
  });
});

describe('a protected instance', () => {
  test.each([null, 'http://localhost/', 'https://bot.example.com/'])(
    'is refused whatever it has, and whatever is named: %s',
    (current) => {
      expect(refusal(current, 'bot.example.com', true)).toMatchObject({
        exit: 'usage',
        code: 'protected_instance',
      });
    },
  );
});
