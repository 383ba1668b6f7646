import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedEntry } from '../../src/feed/feed.ts';
import { readPage } from './blocks.ts';

const ROWS = readPage('docs/json-lines.md').text.split('\n');
const COMMON = ['v', 'type', 'at'];

describe.each(feedEntry.options.map(({ shape }) => [shape.type.value, shape] as const))(
  'docs/json-lines.md, %s',
  (type, shape) => {
    const row = ROWS.find((line) => line.startsWith(`| \`${type}\` |`));
    it.each(Object.keys(shape).filter((field) => !COMMON.includes(field)))('has %s', (field) => {
      expect(row).toMatch(new RegExp(`\`${field}[\`:]`));
    });
  },
);

const SRC = join(import.meta.dirname, '../../src');
const SOURCE = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(SRC, name), 'utf8'))
  .join('\n');
const TABLE = ROWS.slice(ROWS.indexOf('The codes of warnings, by what they are about:'))
  .filter((line) => line.startsWith('|'))
  .join('\n');
/** The codes in backticks, without flags and without what is no code. */
const CODES = [...TABLE.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, code = '']) => code);

describe('docs/json-lines.md, the codes of warnings', () => {
  it('are all of those that the program gives', () => {
    const given = [...SOURCE.matchAll(/\b(?:warning|warn)\(\s*'([a-z_]+)'/g)];
    expect(given.length).toBeGreaterThan(20);
    expect(given.map(([, code = '']) => code).filter((code) => !CODES.includes(code))).toEqual([]);
  });

  it.each(CODES)('has %s, which the program knows', (code) => {
    expect(SOURCE).toContain(`'${code}'`);
  });
});
