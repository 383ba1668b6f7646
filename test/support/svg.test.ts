import headless from '@xterm/headless';
import { expect, test } from 'vitest';
import { svgOf } from './svg.ts';

test('a screen becomes a picture with its text, its colours and nothing that is markup', async () => {
  const terminal = new headless.Terminal({ cols: 20, rows: 2, allowProposedApi: true });
  await new Promise<void>((resolve) =>
    terminal.write('\x1b[31;1mred\x1b[0m & <b>\r\n\x1b[7mturned\x1b[0m', resolve),
  );
  const svg = svgOf(terminal, 'a <title>');
  expect(svg).toContain('<title>a &lt;title&gt;</title>');
  expect(svg).toMatch(/fill="#e06c75"[^>]*font-weight="bold">red</);
  expect(svg).toContain('&amp; &lt;b&gt;');
  expect(svg).toMatch(/<rect[^>]*fill="#d4d7dd"\/>\n<text[^>]*fill="#16181d"[^>]*>turned</);
});
