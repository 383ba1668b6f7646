import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, ROOT, readPage } from './blocks.ts';

it('README.md has at most 8 kB', () => {
  expect(statSync(join(ROOT, 'README.md')).size).toBeLessThanOrEqual(8192);
});

describe.each(PAGES)('%s', (name) => {
  const { text, other } = readPage(name);

  it('has no command in a block that is neither `sh` nor `sh run`', () => {
    expect(other.filter((block) => /^(\$ |npx )?eazewa-hooks /m.test(block.text))).toEqual([]);
  });

  it('has no link into the repository that leads nowhere', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
    for (const [link, path = '', anchor] of links) {
      const target = path === '' ? join(ROOT, name) : join(ROOT, dirname(name), path);
      expect(existsSync(target), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
    }
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
