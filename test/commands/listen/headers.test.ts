import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHeaders } from '../../../src/commands/listen/headers.ts';
import { thrownBy } from '../../support/failure.ts';
import { temporaryFolder } from '../../support/resources.ts';

describe('headers of -H', () => {
  test('are names and values in their order; a file has one per line', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'more'), '\ufeffX-Two:2\r\n\r\n  X-Three : \n'.replace(' :', ':'));
    expect(readHeaders(['X-One: a:b', '@more', 'Host: myapp.test'], folder)).toEqual([
      ...['X-One', 'a:b', 'X-Two', '2', 'X-Three', ''],
      ...['Host', 'myapp.test'],
    ]);
  });

  test.each([
    ...['Content-Length: 5', 'Transfer-Encoding: chunked', 'Expect: 100-continue'],
    ...['Upgrade: h2c', 'Connection: close', 'Keep-Alive: timeout=5', 'keep-alive:'],
    ...['TE: trailers', 'Trailer: X-Sum', 'Proxy-Connection: close'],
  ])('that frame a request are refused: %s', (header) => {
    const error = thrownBy(() => readHeaders([header], '/'));
    expect(error).toMatchObject({ code: 'reserved_header', exit: 'usage' });
    expect(error.message).toContain(header.split(':')[0]);
  });

  test('with two hosts are refused', () => {
    const error = thrownBy(() => readHeaders(['Host: a', 'host: b'], '/'));
    expect(error).toMatchObject({ code: 'reserved_header' });
  });

  test.each([
    ...[
      'Bearer s3cr3t',
      's3cr3t',
      'my s3cr3t: x',
      'X-Key: s3cr3t\u0007',
      'X-Key: s3cr3t\u20ac',
      ': s3cr3t',
    ],
  ])('that are none are named without their text: %j', (typed) => {
    const error = thrownBy(() => readHeaders(['X-Ok: 1', typed], '/'));
    expect(error.code).toBe('not_a_header');
    expect(`${error.message} ${error.hint}`).not.toContain('s3cr3t');
  });

  test('in a file are named by their line', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'h'), 'X-Ok: 1\ns3cr3t\n');
    const error = thrownBy(() => readHeaders(['@h'], folder));
    expect(error.message).toBe(`Line 2 of ${join(folder, 'h')} is not a header`);
  });

  test.each(['no-such-file', '.', '/dev/zero'])('cannot come from %s', (path) => {
    const error = thrownBy(() => readHeaders([`@${path}`], temporaryFolder()));
    expect(error).toMatchObject({ code: 'header_file' });
  });
});
