import { describe, expect, it } from 'vitest';
import { run } from '../../../src/commands/simulate/simulate.ts';
import { type Io, type Output, processIo } from '../../../src/platform/io.ts';
import { app } from '../../support/resources.ts';

/** A stream that stores its output; `first` resolves with the first write. */
function output() {
  let written = '';
  let told = () => {};
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  const stream: Output = {
    write(text) {
      written += text;
      told();
      return true;
    },
    once: () => {},
    on: () => {},
    off: () => {},
  };
  return { stream, first, text: () => written };
}

/** Runs the command until the callback resolves; returns its output and exit code. */
async function simulate(
  options: Record<string, unknown>,
  during: (printed: string) => Promise<void> = async () => {},
) {
  const stdout = output();
  const stderr = output();
  const io: Io = { ...processIo(), stdout: stdout.stream, stderr: stderr.stream };
  const stop = new AbortController();
  const nothing = () => {};
  const signals = () => ({
    stop: stop.signal,
    requestStop: nothing,
    interrupt: nothing,
    unheard: <T>(work: () => Promise<T>) => work(),
    dispose: nothing,
  });
  const done = run({ scenario: 'none', ...options }, { io, signals });
  await Promise.race([stdout.first, done]);
  await during(stdout.text());
  stop.abort();
  return { code: await done, stdout: stdout.text(), stderr: stderr.text() };
}

describe('simulate', () => {
  it('prints directions that work, and leaves with 0', async () => {
    const target = await app();
    const { code } = await simulate({ webhook: target.url }, async (printed) => {
      const [, url = '', authorization = '', type = '', body = ''] =
        /curl (\S+) -H '([^']+)' -H '([^']+)' -d '([^']+)'/.exec(printed) ?? [];
      const headers = [authorization, type].map((line) => line.split(': ') as [string, string]);
      const response = await fetch(url, { method: 'POST', headers, body });
      expect(await response.json()).toEqual({ emitted: 1 });
      const [, token, apiUrl, id] =
        /EAZEWA_API_TOKEN=(\S+) .* --api-url (\S+) -i (\S+)/.exec(printed) ?? [];
      const listed = await fetch(`${apiUrl}/instances/${id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await listed.json()).toMatchObject({ instance: { id: 33, webhook_url: target.url } });
    });
    expect(code).toBe(0);
    await target.received(1);
  });

  it('prints one JSON object with --json, with the generated token', async () => {
    const { stdout } = await simulate({ json: true, instance: ['7'] }, async (printed) => {
      const { apiUrl, apiToken } = JSON.parse(printed);
      const headers = { authorization: `Bearer ${apiToken}` };
      expect((await fetch(`${apiUrl}/instances/7`, { headers })).status).toBe(200);
    });
    expect(JSON.parse(stdout)).toEqual({
      type: 'simulator',
      apiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/),
      instanceId: '7',
      instanceIds: ['7'],
      port: expect.any(Number),
      apiToken: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('never prints a given token', async () => {
    const apiToken = 'a-token-of-the-person';
    const plain = await simulate({ apiToken });
    const json = await simulate({ apiToken, json: true });
    expect(plain.stdout + plain.stderr + json.stdout + json.stderr).not.toContain(apiToken);
  });

  it('runs the scenario at once with a webhook, and reports it on stderr unless quiet', async () => {
    const target = await app();
    const options = {
      webhook: target.url,
      events: ['qr,ready'],
      scenario: 'morning',
      speed: '200',
    };
    const { stderr } = await simulate(options, () => target.received(2));
    expect(stderr).toContain('scenario morning begins');
    const quiet = await simulate({ ...options, quiet: true }, () => target.received(4));
    expect(quiet.stderr).toBe('');
  });

  it.each([
    [{ port: 'x' }, 'bad_option'],
    [{ port: '70000' }, 'bad_option'],
    [{ speed: '0' }, 'bad_option'],
    [{ speed: '-1' }, 'bad_option'],
    [{ instance: ['a b'] }, 'bad_option'],
    [{ instance: ['33', 'a/b'] }, 'bad_option'],
    [{ instance: [''] }, 'bad_option'],
    [{ instance: Array.from({ length: 101 }, (_, at) => `${at}`) }, 'bad_option'],
    [{ apiToken: 'a b' }, 'bad_option'],
    [{ webhook: 'https://example.com/' }, 'bad_option'],
    [{ webhook: 'ftp://localhost/' }, 'bad_option'],
    [{ events: ['mesage'] }, 'unknown_event'],
    [{ switch: ['ack=read'] }, 'unknown_switch'],
    [{ switch: ['acks=both'] }, 'unknown_switch'],
    [{ switch: ['ack'] }, 'unknown_switch'],
  ])('turns down %j', async (options, code) => {
    await expect(simulate(options)).rejects.toMatchObject({ exit: 'usage', code });
  });
});
