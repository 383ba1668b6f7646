import { expect, test } from 'vitest';
import { CliError } from '../../src/errors.ts';
import { parsePublicUrl } from '../../src/tunnel/public-url.ts';

test.each([
  ['https://dev.example.com/', 'https://dev.example.com'],
  ['http://127.0.0.1:4000/some/path//', 'http://127.0.0.1:4000/some/path'],
])('%s is %s', (typed, url) => {
  expect(parsePublicUrl(typed)).toBe(url);
});

test.each([
  ['https://dev:hunter2@x.test/', 'https://***@x.test/', 'it contains a user name or password'],
  ['https://hunter2@x.test', 'https://***@x.test/', 'it contains a user name or password'],
  ['https://x.test/?key=hunter2', 'https://x.test/?key=***', 'it has a query or a fragment'],
  ['https://x.test/#hunter2', 'https://x.test/#***', 'it has a query or a fragment'],
  ['https://x.test/?', 'https://x.test/', 'it has a query or a fragment'],
  ['ftp://u:hunter2@x.test/', 'ftp://***@x.test/', 'it is neither http nor https'],
  ['u:hunter2@x.test', '***@', 'it is neither http nor https'],
  ['x.test/?hunter2', 'x.test/', 'it is not a url'],
])('%s is refused as %s: %s', (typed, shown, problem) => {
  let error: unknown;
  try {
    parsePublicUrl(typed);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(CliError);
  const { code, message, hint } = error as CliError;
  expect(code).toBe('not_a_public_url');
  expect(message).toBe(`${shown} is not a public url: ${problem}`);
  expect(hint).toContain('https://dev.example.com');
});
