/** Reads the headers of `-H`: `name: value`, or `@file` with one header per line. */

import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from '../../errors.ts';
import { valuesOf } from '../../platform/raw-headers.ts';

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\x20-\x7e\x80-\xff\t]*$/;
/** Headers that each request to the app sets itself, or that belong to one connection (RFC 9110 §7.6.1). */
const RESERVED: ReadonlySet<string> = new Set([
  ...['connection', 'content-length', 'expect', 'keep-alive', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);
/** Largest file of headers, in bytes. Node's own bound for the headers of a request is smaller. */
const LARGEST_FILE = 64 * 1024;

/**
 * Parses typed headers into names and values in turn; relative files are in the folder `cwd`.
 * Throws `not_a_header`, `reserved_header` and `header_file` (usage). No message has a value, or text
 * that may be one.
 */
export function readHeaders(typed: readonly string[], cwd: string): string[] {
  const headers = typed.flatMap((one, index) => {
    if (!one.startsWith('@')) return readHeader(one, `-H number ${index + 1}`);
    const path = resolve(cwd, one.slice(1));
    return readLines(path).flatMap((line, number) =>
      line.trim() === '' ? [] : readHeader(line, `Line ${number + 1} of ${path}`),
    );
  });
  if (valuesOf(headers, 'host').length > 1) {
    throw new CliError('usage', 'reserved_header', 'A request has one Host header, not several', {
      hint: 'Leave all but one Host out of -H.',
    });
  }
  return headers;
}

function readHeader(line: string, where: string): string[] {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trimStart();
  const value = line.slice(colon + 1).trim();
  if (colon === -1 || !NAME.test(name)) throw notAHeader(`${where} is not a header`);
  if (!VALUE.test(value))
    throw notAHeader(`The value of the header ${name} has characters that no header may have`);
  if (RESERVED.has(name.toLowerCase())) {
    throw new CliError('usage', 'reserved_header', `The header ${name} cannot be added`, {
      hint: 'It belongs to one connection, and each request to your app sets its own. Leave it out of -H.',
    });
  }
  return [name, value];
}

function notAHeader(message: string): CliError {
  return new CliError('usage', 'not_a_header', message, {
    hint: "Write a header as 'name: value', or name a file of headers with @file.",
  });
}

function readLines(path: string): string[] {
  try {
    return bounded(path)
      .replace(/^\ufeff/, '')
      .split(/\r?\n/);
  } catch (cause) {
    throw new CliError('usage', 'header_file', `The header file ${path} cannot be read`, {
      hint: `Check the path after @. The file has one header per line, and at most ${LARGEST_FILE / 1024} kB.`,
      cause,
    });
  }
}

/** The text of a file. Throws for one that is too large: `/dev/zero` never ends. */
function bounded(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(LARGEST_FILE + 1);
    let size = 0;
    for (let read = 1; read > 0 && size < bytes.length; size += read) {
      read = readSync(file, bytes, size, bytes.length - size, null);
    }
    if (size > LARGEST_FILE) throw new Error('too large');
    return bytes.toString('utf8', 0, size);
  } finally {
    closeSync(file);
  }
}
