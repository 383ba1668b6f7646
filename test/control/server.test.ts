import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askListener } from '../../src/control/client.ts';
import { type Answer, openControl } from '../../src/control/server.ts';
import { CONTROL_VERSION } from '../../src/control/wire.ts';
import { CliError } from '../../src/errors.ts';
import { INSTANCE } from '../listener/harness.ts';
import { failureOf } from '../support/failure.ts';
import { temporaryFolder } from '../support/resources.ts';
import { until } from '../support/until.ts';

/** A control socket in a folder of its own, answered by `answer`. */
async function open(
  answer: Answer = async (request) => (request as { id: string }).id,
  folder = temporaryFolder(),
) {
  const control = await openControl(folder, INSTANCE, answer);
  onTestFinished(() => control.close());
  return {
    control,
    folder,
    path: JSON.parse(readFileSync(join(folder, 'control.json'), 'utf8')).path,
  };
}

/** A request whose answer is a text. */
const bodyOf = (id: string) => ({ action: 'body', id }) as const;

/** What is said on the socket for these bytes, until it closes. */
function raw(path: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(path, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      said += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
  });
}

describe('a control socket', () => {
  test('answers a request, after the entries that were posted', async () => {
    const { folder } = await open(async (request, post) => {
      for (const number of [1, 2, 3]) post({ number });
      return (request as { id: string }).id;
    });
    const entries: unknown[] = [];
    const take = (entry: unknown) => void entries.push(entry);
    const long = 'x'.repeat(3_000_000);
    expect(await askListener(folder, bodyOf(long), { take })).toBe(long);
    expect(entries).toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
  });

  test.skipIf(process.platform === 'win32')('is readable by its owner only', async () => {
    const { folder, path } = await open();
    for (const file of [path, join(folder, 'control.json')]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });

  test('answers several requests at a time', async () => {
    const { folder } = await open();
    const asked = Array.from({ length: 20 }, (_, i) => askListener(folder, bodyOf(`${i}`)));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test('carries errors over unchanged', async () => {
    const { folder } = await open(async () => {
      throw new CliError('notFound', 'no_such_event', 'none', { hint: 'look', facts: { id: 'x' } });
    });
    const error = await failureOf(askListener(folder, bodyOf('x')));
    expect(error).toMatchObject({
      exit: 'notFound',
      code: 'no_such_event',
      message: 'none',
      hint: 'look',
      facts: { id: 'x' },
    });
  });

  test('aborts a request whose client has gone', async () => {
    let given: AbortSignal | null = null;
    const { folder } = await open((_, __, signal) => {
      given = signal;
      return new Promise(() => {});
    });
    const stop = new AbortController();
    const asked = askListener(folder, bodyOf('x'), { signal: stop.signal });
    await until(() => given);
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await until(() => given?.aborted);
  });

  test('that closes says so to waiting clients, and leaves no files', async () => {
    let isAsked = false;
    const { control, folder, path } = await open(() => {
      isAsked = true;
      return new Promise(() => {});
    });
    const asked = failureOf(askListener(folder, bodyOf('x')));
    await until(() => isAsked);
    await Promise.all([control.close(), asked]);
    expect(await asked).toMatchObject({ exit: 'busy', code: 'listener_gone' });
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(folder, 'control.json'))).toBe(false);
    expect(await askListener(folder, bodyOf('x'))).toBe(null);
  });

  test('replaces that of a killed listener', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'control.sock'), '');
    await open(async () => 'new', folder);
    expect(await askListener(folder, bodyOf('x'))).toBe('new');
  });

  test.skipIf(process.platform === 'win32')(
    'is elsewhere when its folder’s path is too long for one',
    async () => {
      const folder = join(temporaryFolder(), 'x'.repeat(100));
      mkdirSync(folder);
      const { control, path } = await open(undefined, folder);
      expect(await askListener(folder, bodyOf('hi'))).toBe('hi');
      expect(path.length).toBeLessThan(100);
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
      await control.close();
      expect(existsSync(dirname(path))).toBe(false);
    },
  );

  test('refuses a client of another version, and cuts a connection without a request', async () => {
    const { path } = await open();
    const other = `{"v":${CONTROL_VERSION - 1},"request":1}\n`;
    expect(JSON.parse(await raw(path, other))).toMatchObject({
      type: 'failed',
      error: { code: 'other_version' },
    });
    expect(JSON.parse(await raw(path, 'no json\n'))).toMatchObject({ type: 'failed' });
    // Only one request a connection: the second ends it.
    expect(await raw(path, '{"v":1,"request":1}\n{"v":1,"request":2}\n')).not.toContain('2');
  });
});

describe('where nobody listens', () => {
  test('there is no answer: no address, an unreadable one, or one that a killed listener left', async () => {
    const folder = temporaryFolder();
    const ask = () => askListener(folder, bodyOf('x'));
    expect(await ask()).toBe(null);
    for (const text of [
      '',
      '{',
      '{"path":1}',
      JSON.stringify({ path: join(folder, 'none.sock'), instanceId: '33' }),
    ]) {
      writeFileSync(join(folder, 'control.json'), text);
      expect(await ask()).toBe(null);
    }
  });
});
