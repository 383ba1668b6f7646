import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { chooseIngress, refuseContradictions } from '../../../src/commands/listen/ingress.ts';
import { listenOptions } from '../../../src/commands/listen/options.ts';
import { parseOptions } from '../../../src/commands/shared/deps.ts';
import { resolveSettings } from '../../../src/settings/settings.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { temporaryFolder } from '../../support/resources.ts';

const LOCAL = 'http://127.0.0.1:4010/api/v1';

let dir: string;
beforeEach(() => {
  dir = temporaryFolder();
});

async function choose(raw: Record<string, unknown>, env: Record<string, string> = {}) {
  const command = parseOptions(listenOptions, raw);
  refuseContradictions(command);
  const io = { cwd: dir, env: { EAZEWA_HOOKS_HOME: dir, HOME: dir, ...env } };
  const { apiUrl, domain, ngrokServer, ngrokCa } = command;
  return chooseIngress(
    command,
    await resolveSettings({ apiUrl, domain, ngrokServer, ngrokCa }, io),
    io,
  );
}

describe('the ingress', () => {
  const ngrok = { kind: 'ngrok', authtoken: 'mine', domain: null, server: null, ca: null };
  const mine = { NGROK_AUTHTOKEN: 'mine' };

  test('for an API elsewhere is an ngrok tunnel', async () => {
    expect(await choose({}, mine)).toEqual(ngrok);
    expect(await choose({ tunnel: 'ngrok', domain: '' }, mine)).toEqual(ngrok);
  });

  test('for an API on this machine is none, whatever the environment says of ngrok', async () => {
    const env = { ...mine, NGROK_DOMAIN: 'x.test', NGROK_SERVER_ADDR: ':', NGROK_ROOT_CAS: 'no' };
    expect(await choose({ apiUrl: LOCAL }, env)).toEqual({ kind: 'none' });
    expect(await choose({ apiUrl: LOCAL, tunnel: 'none' }, env)).toEqual({ kind: 'none' });
    expect(await choose({ apiUrl: LOCAL, domain: ' ' }, env)).toEqual({ kind: 'none' });
  });

  test('for an API on this machine is an ngrok tunnel when an option asks for it', async () => {
    await writeFile(join(dir, 'ca.pem'), CERTIFICATE);
    const apiUrl = LOCAL;
    expect(await choose({ apiUrl, tunnel: 'ngrok' }, mine)).toEqual(ngrok);
    expect(await choose({ apiUrl, domain: 'x.test' }, mine)).toEqual({
      ...ngrok,
      domain: 'x.test',
    });
    expect(await choose({ apiUrl, ngrokCa: 'ca.pem' }, mine)).toEqual({
      ...ngrok,
      ca: CERTIFICATE,
    });
    expect(await choose({ apiUrl, ngrokServer: 'edge.test:5000' })).toEqual({
      ...ngrok,
      authtoken: null,
      server: 'edge.test:5000',
    });
  });

  test('is the public url when there is one', async () => {
    const env = { NGROK_ROOT_CAS: 'missing.pem', NGROK_DOMAIN: 'x.test' };
    expect(await choose({ publicUrl: 'https://x.example/' }, env)).toEqual({
      kind: 'public-url',
      url: 'https://x.example',
    });
  });

  test('is missing without an authtoken, and the error says where to get one and names the alternatives', async () => {
    await expect(choose({})).rejects.toMatchObject({
      exit: 'tunnel',
      code: 'no_authtoken',
      hint: expect.stringMatching(
        /dashboard\.ngrok\.com\/get-started\/your-authtoken.*NGROK_AUTHTOKEN.*ngrok config add-authtoken.*--public-url.*--simulate/,
      ),
    });
    await expect(choose({ ngrokCa: 'missing.pem' })).rejects.toMatchObject({ code: 'invalid_ca' });
  });

  test('is missing with --tunnel none and an API elsewhere', async () => {
    await expect(choose({ tunnel: 'none' }, mine)).rejects.toMatchObject({
      exit: 'usage',
      code: 'no_ingress',
    });
  });
});

describe('options that exclude each other', () => {
  const publicUrl = 'https://x.example';
  test.each([
    [{ publicUrl, tunnel: 'ngrok' }, '--public-url and --tunnel'],
    [{ publicUrl, tunnel: 'none' }, '--public-url and --tunnel'],
    [{ publicUrl, domain: 'x.test' }, '--public-url and --domain'],
    [{ publicUrl, ngrokServer: 'x.test' }, '--public-url and --ngrok-server'],
    [{ publicUrl, ngrokCa: 'ca.pem' }, '--public-url and --ngrok-ca'],
    [{ tunnel: 'none', domain: 'x.test' }, '--tunnel none and --domain'],
    [{ simulate: true, publicUrl }, '--simulate and --public-url'],
    [{ simulate: true, apiUrl: LOCAL }, '--simulate and --api-url'],
    [{ simulate: true, tunnel: 'ngrok' }, '--simulate and --tunnel'],
    [{ simulate: true, tunnel: 'none', ngrokCa: 'ca.pem' }, '--simulate and --ngrok-ca'],
    [{ simulate: true, domain: 'x.test' }, '--simulate and --domain'],
    [{ simulate: true, recover: true }, '--simulate and --recover'],
    [{ sideBySide: true, replace: 'x.test' }, '--side-by-side and --replace'],
    [{ simulate: true, tee: true }, '--simulate and --tee'],
    [{ sideBySide: true, tee: true }, '--side-by-side and --tee'],
    [{ sideBySide: true, tee: true, publicUrl }, '--side-by-side and --tee'],
  ])('%j', async (raw, said) => {
    const message = `${said} cannot be used together`;
    await expect(choose(raw)).rejects.toMatchObject({ exit: 'usage', message });
  });

  test.each([
    ['tee', { sideBySide: true, tee: true }, /the vendor itself sends/],
    ['replace', { sideBySide: true, replace: 'x.test' }, /nothing is replaced/],
  ])('side by side, the hint is about --%s', async (_, raw, hint) => {
    await expect(choose(raw)).rejects.toMatchObject({ hint: expect.stringMatching(hint) });
  });

  test.each([
    { simulate: true, tunnel: 'none' },
    { simulate: true },
    { publicUrl, recover: true },
    { simulate: true, sideBySide: true },
  ])('not %j', (raw) => {
    expect(() => refuseContradictions(parseOptions(listenOptions, raw))).not.toThrow();
  });
});

describe('the error for an invalid option names the option and its valid values', () => {
  test.each([
    [{ receiverPort: 'abc' }, '--receiver-port abc: it must be a number'],
    [{ receiverPort: '80.5' }, '--receiver-port 80.5: it must be a whole number'],
    [{ receiverPort: '99999' }, '--receiver-port 99999: it must be at most 65535'],
    [{ receiverPort: '-1' }, '--receiver-port -1: it must be at least 0'],
    [{ maxEvents: '0' }, '--max-events 0: it must be at least 1'],
    [{ speed: 'x' }, '--speed x: it must be a number'],
    [{ speed: '0' }, '--speed 0: it must be more than 0'],
    [{ speed: '1001' }, '--speed 1001: it must be at most 1000'],
    [{ tunnel: 'cloudflare' }, '--tunnel cloudflare: it must be ngrok or none'],
    [{ timeout: '30d' }, '--timeout 30d: at most 24d'],
    [{ for: '0s' }, '--for 0s: at least 1ms'],
  ])('%j', (raw, message) => {
    expect(() => parseOptions(listenOptions, raw)).toThrow(
      expect.objectContaining({ exit: 'usage', code: 'bad_option', message }),
    );
  });
});
