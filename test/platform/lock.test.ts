import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase, sqliteKinds } from '../../src/history/driver.ts';
import { acquireLock, isLocked } from '../../src/platform/lock.ts';
import { type Bundle, bundle } from '../support/bundle.ts';
import { temporaryFolder } from '../support/resources.ts';

let holder: Bundle;
beforeAll(async () => {
  holder = await bundle(`
    import { openDatabase } from './src/history/driver.ts';
    import { acquireLock } from './src/platform/lock.ts';
    const [file, kind] = process.argv.slice(2);
    const lock = await acquireLock(file, (path) => openDatabase(path, kind));
    console.log(lock === null ? 'null' : 'held');
    process.stdin.once('data', () => {
      lock.release();
      console.log('released');
    });
  `);
});
afterAll(() => holder.remove());

describe.each(await sqliteKinds())('a lock by %s', (kind) => {
  const open = (path: string) => openDatabase(path, kind);
  const place = () => join(temporaryFolder(), 'lock.db');
  const holdElsewhere = async (file: string): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [holder.path, file, kind], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    expect(String(line)).toBe('held\n');
    return child;
  };

  test('is held until it is released, once', async () => {
    const file = place();
    expect(await isLocked(file, open)).toBe(false);
    const lock = await acquireLock(file, open);
    expect(await isLocked(file, open)).toBe(true);
    expect(await acquireLock(file, open, { waitMs: 0 })).toBeNull();
    lock?.release();
    lock?.release();
    expect(await isLocked(file, open)).toBe(false);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('keeps another process out, also after many checks', async () => {
    const file = place();
    const lock = await acquireLock(file, open);
    // Closing a descriptor of the file could drop the lock of the whole process: it must not.
    for (let i = 0; i < 3; i++) expect(await isLocked(file, open)).toBe(true);
    const child = spawn(process.execPath, [holder.path, file, kind], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = once(child.stdout as NodeJS.ReadableStream, 'data');
    lock?.release();
    expect(String(await said)).toBe('held\n');
    expect(await isLocked(file, open)).toBe(true);
  });

  test('waits for a holder that releases in time', async () => {
    const file = place();
    const child = await holdElsewhere(file);
    expect(await acquireLock(file, open, { waitMs: 0 })).toBeNull();
    const lock = acquireLock(file, open, { waitMs: 10_000 });
    child.stdin?.write('go\n');
    expect(await lock).not.toBeNull();
    (await lock)?.release();
  });

  test('is free as soon as its holder is killed', async () => {
    const file = place();
    const child = await holdElsewhere(file);
    expect(await isLocked(file, open)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    const lock = await acquireLock(file, open, { waitMs: 0 });
    expect(lock).not.toBeNull();
    lock?.release();
  });

  test.skipIf(process.platform === 'win32')('needs no room on a disk that is full', async () => {
    const file = place();
    (await acquireLock(file, open))?.release();
    // No file may grow: the nearest to a full disk that needs no disk.
    const limited = `ulimit -f 0 && exec "$0" "$@"`;
    const child = spawn('sh', ['-c', limited, process.execPath, holder.path, file, kind], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    expect(String(line)).toBe('held\n');
    expect(await isLocked(file, open)).toBe(true);
  });

  test('stops waiting on abort', async () => {
    const file = place();
    const lock = await acquireLock(file, open);
    const abort = new AbortController();
    const waiting = acquireLock(file, open, { waitMs: 60_000, signal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    lock?.release();
  });

  test('an unusable file is a state error with its path', async () => {
    const file = place();
    mkdirSync(file);
    for (const path of [file, join(file, 'no', 'lock.db')]) {
      await expect(acquireLock(path, open)).rejects.toMatchObject({
        exit: 'state',
        code: 'lock_unusable',
        message: expect.stringContaining(path),
      });
    }
  });
});
