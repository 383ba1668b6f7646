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
