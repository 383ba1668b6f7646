import { describe, expect, test } from 'vitest';
import { replayItems } from '../../src/replay/item.ts';
import { item } from './world.ts';

const accepts = (value: unknown) => replayItems.safeParse(value).success;

describe('items that come from another process', () => {
  test('are what was sent: plain data that survives a line of JSON', () => {
    const items = [
      item({ event: 'evt_4dx5km4bppzj3b3k' }, { set: [['data.x.0', '{"a":[null,1.0]}']] }),
      { ...item({ event: 'last' }), source: { event: 'evt_4dx5', body: 'e30=' } },
      item({ body: { event: 'qr' } }, { due: 1200.5, remove: ['data.y'], fresh: true }),
    ];
    expect(replayItems.parse(JSON.parse(JSON.stringify(items)))).toEqual(items);
  });

  const good = item({ event: 'last' });
  test.each([
    ['nothing', []],
    ['no list', good],
    ['more than a thousand', Array.from({ length: 1001 }, () => good)],
    ['a key that is not known', [{ ...good, times: 3 }]],
    ['a body that is no text', [{ ...good, source: { event: 'last', body: 1 } }]],
    ['no source', [{ ...good, source: {} }]],
    ['a due time before the beginning', [{ ...good, due: -1 }]],
    ['a due time that no timer can wait for', [{ ...good, due: 2 ** 31 }]],
    ['a due time that is none', [{ ...good, due: Number.NaN }]],
    ['a body of more than 64 MiB', [{ ...good, source: { body: 'A'.repeat(89_478_489) } }]],
    ['a path of a megabyte', [{ ...good, remove: ['a.'.repeat(500_000)] }]],
    ['an override that is none', [{ ...good, set: [['a', '1', '2']] }]],
    ['an override whose value is no JSON', [{ ...good, set: [['a', 'b']] }]],
    ['an override without a value', [{ ...good, set: [['a']] }]],
  ])('are refused: %s', (_, value) => {
    expect(accepts([good])).toBe(true);
    expect(accepts(value)).toBe(false);
  });
});
