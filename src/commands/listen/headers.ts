/** Reads the headers of `-H`: `name: value`, or `@file` with one header per line. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from '../../errors.ts';
import { safeText } from '../../platform/safe-text.ts';

const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*)$/;

/**
 * Parses typed headers into names and values in turn; relative files are in the folder `cwd`.
 * Throws `not_a_header` and `header_file` (usage), which never show a value.
 */
export function readHeaders(typed: readonly string[], cwd: string): string[] {
  return typed.flatMap((one) => {
    if (!one.startsWith('@')) return readHeader(one);
    const lines = readLines(resolve(cwd, one.slice(1)));
    return lines.filter((line) => line.trim() !== '').flatMap(readHeader);
  });
}

function readHeader(line: string): string[] {
  const [, name, value] = LINE.exec(line.trim()) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  const shown = safeText(line.split(':', 1)[0] ?? '', 40);
  throw new CliError('usage', 'not_a_header', `${shown}… is not a header`, {
    hint: "Write a header as 'name: value', or name a file of headers with @file.",
  });
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch (cause) {
    throw new CliError('usage', 'header_file', `The header file ${path} cannot be read`, {
      hint: 'Check the path after @. The file has one header per line.',
      cause,
    });
  }
}
