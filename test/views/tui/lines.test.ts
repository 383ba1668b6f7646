import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { hasWords } from '../../../src/history/words.ts';
import { queryWords, wordsOf } from '../../../src/platform/folded-text.ts';
import { detailLines } from '../../../src/views/tui/detail-lines.ts';
import { headerLines } from '../../../src/views/tui/header-lines.ts';
import { helpLines } from '../../../src/views/tui/help-lines.ts';
import { hintFor } from '../../../src/views/tui/hint.ts';
import { jsonLines } from '../../../src/views/tui/json-lines.ts';
import { layoutOf } from '../../../src/views/tui/layout.ts';
import { broken, cut, line, marked, span, textOf } from '../../../src/views/tui/line.ts';
import { qrRows } from '../../../src/views/tui/qr-lines.ts';
import { quantile } from '../../../src/views/tui/target-badge.ts';
import { attempt, detail, event, READY, ui } from './state.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('👨‍👩‍👧‍👦 family', '漢字'.repeat(20), 'é̂'.repeat(30), 'שלום', 'plain words'),
);

test('a broken line has all of its text, and no piece is wider than allowed', () => {
  fc.assert(
    fc.property(text, text, fc.integer({ min: 8, max: 60 }), (one, other, width) => {
      const whole = line(span(one), span(other, 'name'));
      const pieces = broken(whole, width);
      for (const piece of pieces) expect(stringWidth(textOf(piece))).toBeLessThanOrEqual(width);
      const again = pieces.map((piece, i) => textOf(piece).slice(i === 0 ? 0 : 2)).join('');
      expect(again).toBe(textOf(whole));
    }),
  );
});

test('a cut text is no wider than allowed, and ends with an ellipsis', () => {
  fc.assert(
    fc.property(text, fc.nat(50), (one, width) => {
      const safe = span(one).text;
      const shown = cut(safe, width);
      expect(stringWidth(shown)).toBeLessThanOrEqual(width);
      if (shown !== safe && width > 0) expect(shown.endsWith('…')).toBe(true);
    }),
  );
});

test('marking changes no text, and marks every occurrence of each word', () => {
  fc.assert(
    fc.property(text, text, (one, search) => {
      const before = [span(one)];
      const after = marked(before, queryWords(search));
      expect(after.map((part) => part.text).join('')).toBe(before[0]?.text);
    }),
  );
  const hits = marked([span('A Needle in needles, NEEDLE.')], queryWords('needle')).filter(
    ({ look }) => look === 'hit',
  );
  expect(hits.map((hit) => hit.text)).toEqual(['Needle', 'needle', 'NEEDLE']);
});

test.each([
  ['w Łodzi i Łódź', 'lodz', ['Łodz', 'Łódź']],
  ['Die Straße, STRASSE', 'strasse', ['Straße', 'STRASSE']],
  ['Straße', 's', ['S', 'ß']],
  ['Re\u0301sume\u0301', 'resume', ['Re\u0301sume\u0301']],
  ['ok👍🏽ok', '👍', ['👍🏽']],
  ['a 👩‍👩‍👧 b', '👧', ['👩‍👩‍👧']],
  ['🇩🇪🇪🇸', '🇪🇸', ['🇪🇸']],
  ['🇩🇪🇪🇸', '🇪🇪', []],
  ['ผมอยากจองห้องพัก', 'จอง', ['จอง']],
  ['我想预订明天的房间', '明天', ['明天']],
  ['내일 예약하고', '약하', ['약하']],
  ['ＦＵＬＬ ﬁn ½', 'full fin', ['ＦＵＬＬ', 'ﬁn']],
  ['to 12025550199', '+1 202 555-0199', ['1', '202', '555', '0199']],
  ['apples', 'app apple', ['apple']],
  ['a\u0007b', 'a␇b', ['a', 'b']],
  // Halves of two flags with an invisible character between them are no flag.
  ['🇪\ufe0f🇩 needle', 'needle', ['needle']],
  // The text is segmented in pieces of 1024 units.
  [`é${'-'.repeat(1022)}𝐀 needle`, 'needle', ['needle']],
  [`é${'-'.repeat(1021)}🇩🇪 needle`, 'needle', ['needle']],
  [`${'-'.repeat(1023)}e\u0301 needle`, 'e needle', ['e\u0301', 'needle']],
])('in %j the hits of %j are %j', (one, search, hits) => {
  const parts = marked([span(one)], queryWords(search));
  expect(parts.map((part) => part.text).join('')).toBe(span(one).text);
  expect(parts.filter(({ look }) => look === 'hit').map((part) => part.text)).toEqual(hits);
});

test('what the search finds has a mark', () => {
  fc.assert(
    fc.property(text, fc.nat(80), fc.nat(10), (one, from, length) => {
      const query = queryWords(one.slice(from, from + length));
      const shown = span(one);
      if (!hasWords(wordsOf(one), query)) return;
      const isMarked = marked([shown], query).some(({ look }) => look === 'hit');
      expect(isMarked).toBe(query.length > 0);
    }),
  );
});

describe('the header', () => {
  test('is no wider than the terminal, whatever its texts', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 20, max: 200 }), (name, error, columns) => {
        const one = ui({ columns, ready: { ...READY, instanceName: name, only: name } });
        one.take(event(1, { event: name }), attempt(1, { status: null, error }));
        for (const part of headerLines(one.state, layoutOf(one.state))) {
          expect(stringWidth(textOf(part))).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });

  test('counts events by their word while a longer label can be shortened', () => {
    const count = (targets: typeof READY.targets) => {
      const one = ui({ ready: { ...READY, instanceName: 'Simulator (33)', targets } });
      one.take(event(1), event(2), attempt(1));
      return headerLines(one.state, layoutOf(one.state)).map(textOf)[0];
    };
    expect(count([])).toMatch(/ no target .* 2 events/);
    expect(count(READY.targets)).toMatch(/:3000 .* 2 events/);
  });

  test('names the webhook of --tee where there is room', () => {
    const ready = { ...READY, tee: 'https://bot.example.com/hook' };
    const header = (columns: number, parts: Partial<typeof ready> = {}) => {
      const { state } = ui({ columns, ready: { ...ready, ...parts } });
      return headerLines(state, layoutOf(state)).map(textOf).join('\n');
    };
    expect(header(120)).toContain(` → localhost:3000  tee → ${ready.tee}`);
    expect(header(80)).not.toContain('tee');
    expect(header(120, { targets: [] })).toContain(`  tee → ${ready.tee}`);
  });

  test('the detail says each state of a signature', () => {
    const page = (signature?: 'signed' | 'wrongly-signed' | 'unsigned') => {
      const judged = event(1, signature === undefined ? {} : { signature });
      const tab = { tab: 'message', folded: new Set<number>(), find: '' } as const;
      return detailLines({ ...detail(1), event: judged }, tab, 120)
        .map(textOf)
        .join('\n');
    };
    expect(page('wrongly-signed')).toContain(
      '! wrongly signed: x-waapi-hmac does not fit this body',
    );
    expect(page('signed')).toMatch(/^signed$/m);
    expect(page('unsigned')).toMatch(/^unsigned$/m);
    expect(page()).not.toContain('signed');
  });

  test('a quantile is one of the durations; 0 without any', () => {
    const durations = Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0.5, 0.95, 1].map((part) => quantile(durations, part))).toEqual([50, 95, 100]);
    expect(quantile([], 0.5)).toBe(0);
  });
});

test('the help names subscriptions at the key that changes them', () => {
  const help = helpLines(200).map(textOf);
  expect(help.find((each) => each.startsWith(' u '))).toContain('subscriptions');
});

describe('a JSON body', () => {
  const body = {
    event: 'x',
    list: [1, 'two', null],
    deep: { a: { b: true } },
    empty: {},
    none: [],
  };
  const pretty = JSON.stringify(body, null, 2);

  test('is shown whole, in colours', () => {
    const lines = jsonLines(pretty, new Set());
    expect(lines.map(textOf).join('\n')).toBe(pretty);
    const looks = new Set(lines.flatMap(({ spans }) => spans.map(({ look }) => look)));
    expect([...looks].sort()).toEqual(['key', 'number', 'plain', 'string']);
  });

  test('folds any block into one line', () => {
    const lines = jsonLines(pretty, new Set());
    for (const { block } of lines) {
      if (block === undefined) continue;
      const folded = jsonLines(pretty, new Set([block]));
      expect(folded.length).toBeLessThan(lines.length);
      expect(textOf(folded[folded.findIndex((one) => one.block === block)] ?? line())).toMatch(
        /[{[] … \d+ lines [}\]],?$/,
      );
    }
  });

  test('that is not JSON is shown as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const shown = jsonLines(any, new Set([0, 1]));
        expect(shown.map(textOf).join('\n')).toBe(
          any
            .split('\n')
            .map((one) => span(one).text)
            .join('\n'),
        );
      }),
    );
  });

  test('of 256 KiB without a line end is shown whole', () => {
    const [whole] = jsonLines(`"${'\\"a1'.repeat(64 * 1024)}`, new Set());
    expect(textOf(whole ?? line()).length).toBeGreaterThan(200_000);
  });
});

test.each([
  [{ status: 404 }, 'handler does not handle this event'],
  [{ status: 404 }, 'path'],
  [{ status: 401 }, 'credentials'],
  [{ status: 403 }, 'CSRF'],
  [{ status: 413 }, 'body parser'],
  [{ status: 301 }, 'redirect'],
  [{ status: 599 }, 'log'],
  [{ status: 200, durationMs: 3500 }, 'answer first'],
])('an attempt with %j has a hint about %s', (parts, hint) => {
  expect(hintFor(attempt(1, parts))).toContain(hint);
});

test('a delivered attempt has no hint', () => {
  expect(hintFor(attempt(1))).toBeNull();
});

test('a QR code has a quiet zone all around; a text that is too long has no QR code', () => {
  const rows = qrRows('2@code') ?? [];
  expect(rows.length).toBeGreaterThan(10);
  for (const edge of [rows[0], rows[1], rows.at(-1)]) expect(edge?.trim()).toBe('');
  for (const row of rows) expect(row).toMatch(/^ {4}.* {4}$/);
  expect(qrRows('x'.repeat(3000))).toBeNull();
});

test.each([
  ['emoji', '👨‍👩‍👧‍👦'],
  ['combining marks', 'e\u0301\u0323'],
  ['one letter with endless marks', '\u0301'],
  ['escaped quotes', '\\"'],
])('256 KiB of %s are broken into lines within ten seconds', (_, part) => {
  const text = `"${part.repeat((256 * 1024) / part.length)}`;
  const event = detail(1, { body: `{\n  "body": ${text}` });
  const begun = performance.now();
  const shown = detailLines(event, { tab: 'request', folded: new Set(), find: 'words' }, 80);
  expect(shown.length).toBeGreaterThan(3);
  // It takes a tenth of that; quadratic time would take far longer.
  expect(performance.now() - begun).toBeLessThan(10_000);
});
