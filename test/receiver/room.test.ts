import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRoom, type Room, SMALL_BODY } from '../../src/receiver/room.ts';

const TOTAL = 400;
const LARGEST = 100;

/** A body on a connection whose allowance is used up, so that each of its bytes takes room. */
function body(room: Room) {
  const share = room.share({ small: SMALL_BODY });
  return Object.assign(share, { grow: (bytes: number) => share.take(bytes, () => {}) });
}

describe('the room for bodies', () => {
  test('counts only what has come in', () => {
    const room = createRoom(TOTAL, LARGEST);
    const bodies = Array.from({ length: 50 }, () => body(room));
    expect(bodies.every(({ grow }) => grow(5))).toBe(true);
  });

  test('is not needed by the first 64 KiB of each connection', () => {
    const room = createRoom(0, 0);
    const allowance = { small: 0 };
    const [one, two] = [room.share(allowance), room.share(allowance)];
    expect(one.take(SMALL_BODY - 1, () => {})).toBe(true);
    expect(two.take(1, () => {})).toBe(true);
    expect(two.take(1, () => {})).toBe(false);
    expect(room.share({ small: 0 }).take(SMALL_BODY, () => {})).toBe(true);
    one.release();
    two.release();
    expect(room.share(allowance).take(SMALL_BODY, () => {})).toBe(true);
  });

  test('lets the oldest body become whole, however many others are under way', () => {
    const room = createRoom(TOTAL, LARGEST);
    const oldest = body(room);
    oldest.grow(1);
    const others = Array.from({ length: 10 }, () => body(room));
    for (const other of others) while (!other.isWaiting() && other.grow(30));
    expect(oldest.grow(LARGEST - 1)).toBe(true);
    expect(others[0]?.isWaiting()).toBe(true);
    oldest.whole();
    oldest.release();
    expect(others[0]?.isWaiting()).toBe(false);
  });

  test('is never exceeded, and every body becomes whole in the end', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: LARGEST }), { minLength: 1, maxLength: 40 });
    const picks = fc.array(fc.nat(), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(sizes, picks, (wanted, order) => {
        const room = createRoom(TOTAL, LARGEST);
        let used = 0;
        const growing = wanted.map((size) => ({ size, has: 0, share: body(room) }));
        let left = growing.length;
        const grow = (one: (typeof growing)[number]) => {
          if (one.share.isWaiting() || one.has === one.size) return false;
          const bytes = Math.min(16, one.size - one.has);
          const took = () => {
            one.has += bytes;
            used += bytes;
            expect(used).toBeLessThanOrEqual(TOTAL);
          };
          if (one.share.take(bytes, took)) took();
          return true;
        };
        const end = (one: (typeof growing)[number]) => {
          if (one.share.isWaiting() || one.has !== one.size) return false;
          one.has = -1;
          used -= one.size;
          one.share.whole();
          one.share.release();
          left--;
          return true;
        };
        for (const pick of order) grow(growing[pick % growing.length] as (typeof growing)[number]);
        const inPlay = () => growing.filter(({ has }) => has >= 0);
        while (inPlay().some((one) => grow(one) || end(one)));
        expect(left).toBe(0);
      }),
    );
  });
});
