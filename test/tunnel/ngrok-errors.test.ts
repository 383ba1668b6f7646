import { SessionBuilder } from '@ngrok/ngrok';
import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/errors.ts';
import { ngrokError } from '../../src/tunnel/ngrok-errors.ts';
import type { NgrokOptions } from '../../src/tunnel/ngrok-options.ts';
import { closedPort, tcpServer } from '../support/resources.ts';

const AUTHTOKEN = 'hunter2-hunter2';
const options = (parts: Partial<NgrokOptions> = {}): NgrokOptions => ({
  authtoken: AUTHTOKEN,
  domain: null,
  server: null,
  ca: null,
  ...parts,
});
const all = (error: CliError) =>
  [error.message, error.hint, JSON.stringify(error.facts), error.stack, error.cause].join('\n');

describe('ngrok’s codes', () => {
  test.each([
    [4018, 'ngrok_authtoken_refused', 'ngrok config add-authtoken'],
    [105, 'ngrok_authtoken_refused', 'NGROK_AUTHTOKEN'],
    [107, 'ngrok_authtoken_refused', 'https://dashboard.ngrok.com/get-started/your-authtoken'],
    [108, 'ngrok_session_limit', 'https://dashboard.ngrok.com/agents'],
    [334, 'ngrok_url_in_use', '--domain'],
    [725, 'ngrok_limit_reached', 'https://dashboard.ngrok.com/billing'],
    [727, 'ngrok_limit_reached', '--public-url'],
    [120, 'ngrok_sdk_too_old', 'npm install -g eazewa-hooks@latest'],
    [121, 'ngrok_sdk_too_old', 'npm install -g eazewa-hooks@latest'],
    [3200, 'ngrok_endpoint_offline', 'https://dashboard.ngrok.com/endpoints'],
    [8012, 'ngrok_receiver_unreachable', '127.0.0.1'],
  ])('%i is a sentence and a remedy', (number, code, helps) => {
    const ngrokCode = `ERR_NGROK_${number}`;
    const said = `theirs, with Your authtoken: ${AUTHTOKEN}\r\n\r\n error_code: ${ngrokCode}`;
    for (const thrown of [
      new Error(`failed to connect session: ${said}`),
      new Error(`failed to start listener: ${said}`),
      Object.assign(new Error('failed'), { errorCode: ngrokCode, code: 'GenericFailure' }),
    ]) {
      const error = ngrokError(thrown, options());
      expect(error).toMatchObject({ exit: 'tunnel', code, facts: { ngrokCode } });
      expect(error.message).toContain(ngrokCode);
      expect(error.message).not.toContain('theirs');
      expect(error.hint).toContain(helps);
      expect(all(error)).not.toContain(AUTHTOKEN);
    }
  });

  test('a url in use names the requested domain', () => {
    const thrown = new Error('failed to start listener: x error_code: ERR_NGROK_334');
    expect(ngrokError(thrown, options({ domain: 'my.test' })).message).toContain('my.test');
  });

  test('an unknown one is shown in ngrok’s own words, made safe, with a link', () => {
    const said = `Your\u{1b}[31m account ${AUTHTOKEN} is\n\nYour authtoken: 2abcDEF odd`;
    const thrown = new Error(`failed to connect session: ${said} error_code: ERR_NGROK_99123`);
    const error = ngrokError(thrown, options());
    expect(error).toMatchObject({
      exit: 'tunnel',
      code: 'ngrok_refused',
      hint: expect.stringContaining('https://ngrok.com/docs/errors/err_ngrok_99123'),
      facts: { ngrokCode: 'ERR_NGROK_99123' },
    });
    expect(error.message).toBe(
      'ngrok opens no tunnel: Your␛[31m account *** is Your authtoken: *** odd',
    );
    for (const hidden of [AUTHTOKEN, '2abcDEF', '\u{1b}']) expect(all(error)).not.toContain(hidden);
  });

  test.each([
    `${'x'.repeat(1_000_000)} error_code: ERR_NGROK_1`,
    `${' '.repeat(1_000_000)} error_code: ERR_NGROK_1`,
    `${AUTHTOKEN.repeat(100_000)} error_code: ERR_NGROK_1`,
    'error_code: ERR_NGROK_constructor',
    '',
  ])('a long message of a server is cut', (said) => {
    const error = ngrokError(new Error(said), options());
    expect(error.exit).toBe('tunnel');
    expect(error.message.length).toBeLessThan(500);
    expect(all(error)).not.toContain(AUTHTOKEN);
  });
});

describe('errors before ngrok answers', () => {
  async function connect(to: string): Promise<unknown> {
    const builder = new SessionBuilder();
    builder.authtoken(AUTHTOKEN).serverAddr(to);
    return builder.connect().then(
      () => expect.fail('it connected'),
      (error: unknown) => error,
    );
  }
  async function listenOn(answer: string): Promise<string> {
    const { port } = await tcpServer((socket) => socket.end(answer));
    return `127.0.0.1:${port}`;
  }

  test('a server that accepts no connection is named, with what to check', async () => {
    const at = `127.0.0.1:${await closedPort()}`;
    const error = ngrokError(await connect(at), options({ server: at }));
    expect(error).toMatchObject({
      exit: 'tunnel',
      code: 'ngrok_unreachable',
      message: `The ngrok server ${at} cannot be reached`,
      hint: expect.stringMatching(/DNS.*firewall.*HTTPS_PROXY/),
      facts: { server: at },
    });
  });

  test('a server without TLS is named, with the option for its certificate', async () => {
    const at = await listenOn('220 hello\r\n');
    const thrown = await connect(at);
    for (const ca of [null, 'a certificate']) {
      const error = ngrokError(thrown, options({ server: at, ca }));
      expect(error).toMatchObject({ exit: 'tunnel', code: 'ngrok_tls_failed' });
      expect(error.message).toContain(at);
      expect(error.hint).toContain('--ngrok-ca');
    }
  });

  test('ngrok’s own server is named by default', () => {
    const error = ngrokError(
      new Error('failed to connect session: failed to establish tcp connection'),
      options(),
    );
    expect(error.message).toContain('connect.ngrok-agent.com:443');
    const tls = ngrokError(new Error('failed to connect session: tls handshake error'), options());
    expect(tls.hint).toContain('proxy');
  });
});

test('a CliError stays as it is', () => {
  const error = new CliError('tunnel', 'ngrok_timeout', 'no answer within 10 s');
  expect(ngrokError(error, options())).toBe(error);
});

test.each([undefined, null, 'a text', 42, { message: 'x' }])(
  '%j thrown is an error, too',
  (thrown) => {
    expect(ngrokError(thrown, options())).toMatchObject({ exit: 'tunnel', code: 'ngrok_failed' });
  },
);
