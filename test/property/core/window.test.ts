import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packKey, unpackKey, KEY_CHARACTERS, type AttributeKey } from '../../../src/core/attribute-key.ts';
import { bitmapOf, isMarked } from '../../../src/core/bitmap.ts';
import { DedupWindow, WINDOW_KEYS_MAX } from '../../../src/core/dedup-window.ts';

const attributeKey: fc.Arbitrary<AttributeKey> = fc.record({
  uuid: fc.uuid(),
  timestamp: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  deleted: fc.boolean(),
});

describe('attribute keys', () => {
  it('come back from their 28 characters', () => {
    fc.assert(
      fc.property(attributeKey, (key) => {
        const packed = packKey(key);
        expect(packed).toHaveLength(KEY_CHARACTERS);
        expect(unpackKey(packed)).toEqual(key);
      }),
    );
  });

  it('differ whenever uuid, timestamp or the deleted flag differs', () => {
    fc.assert(
      fc.property(attributeKey, attributeKey, (a, b) => {
        expect(packKey(a) === packKey(b)).toBe(
          a.uuid === b.uuid && a.timestamp === b.timestamp && a.deleted === b.deleted,
        );
      }),
    );
    const key = { uuid: '5f3f7a3e-0000-4000-8000-000000000001', timestamp: 1, deleted: false };
    expect(packKey({ ...key, deleted: true })).not.toBe(packKey(key));
  });

  it('do not depend on the case of the uuid', () => {
    const key = { uuid: 'ABCDEFAB-0000-4000-8000-00000000000F', timestamp: 7, deleted: false };
    expect(packKey(key)).toBe(packKey({ ...key, uuid: key.uuid.toLowerCase() }));
  });

  it.each([
    ['no uuid', { uuid: 'not-a-uuid', timestamp: 1, deleted: false }],
    ['a timestamp above 32 bits', { uuid: '5f3f7a3e-0000-4000-8000-000000000001', timestamp: 2 ** 31, deleted: false }],
    ['a fraction', { uuid: '5f3f7a3e-0000-4000-8000-000000000001', timestamp: 1.5, deleted: false }],
  ])('refuse %s', (_, key) => {
    expect(() => packKey(key)).toThrow(RangeError);
  });
});

describe('bitmaps', () => {
  it('say for each row what was said, and nothing beyond', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (marks) => {
        const bitmap = bitmapOf(marks);
        marks.forEach((mark, row) => expect(isMarked(bitmap, row)).toBe(mark));
        for (let row = marks.length; row < marks.length + 20; row++) expect(isMarked(bitmap, row)).toBe(false);
      }),
    );
  });
});

const keyOf = (n: number): string => String(n).padStart(KEY_CHARACTERS, 'k');
const all = (n: number): string => bitmapOf(new Array<boolean>(n).fill(true));

describe('the dedup window', () => {
  it('never forgets one of the last keys, and holds no more, in whatever order they come and are packed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.array(fc.nat({ max: 80 }), { maxLength: 12 })),
        (max, pages) => {
          let window = new DedupWindow(new Uint8Array(), max);
          let order: number[] = [];
          for (const page of pages) {
            window.add(page.map(keyOf).join(''), all(page.length));
            for (const n of page) order = [...order.filter((other) => other !== n), n];
            order = order.slice(-max);
            window = new DedupWindow(window.bytes(), max);
            for (let n = 0; n <= 80; n++) expect(isMarked(window.fresh(keyOf(n)), 0)).toBe(!order.includes(n));
            expect(window.size).toBe(order.length);
          }
        },
      ),
    );
  });

  it('takes in settled keys only', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (marks) => {
        const keys = marks.map((_, n) => keyOf(n)).join('');
        const window = new DedupWindow();
        window.add(keys, bitmapOf(marks));
        const fresh = window.fresh(keys);
        marks.forEach((settled, row) => expect(isMarked(fresh, row)).toBe(!settled));
      }),
    );
  });

  it('marks of a key that comes twice in a page the first row only', () => {
    const fresh = new DedupWindow().fresh([1, 2, 1, 1, 3].map(keyOf).join(''));
    expect([0, 1, 2, 3, 4].map((row) => isMarked(fresh, row))).toEqual([true, true, false, false, true]);
  });

  it('holds 10,000 keys in 280 KB, the oldest out first', () => {
    const window = new DedupWindow();
    const keys = Array.from({ length: WINDOW_KEYS_MAX + 1 }, (_, n) => keyOf(n));
    window.add(keys.join(''), all(keys.length));
    expect(window.bytes()).toHaveLength(WINDOW_KEYS_MAX * KEY_CHARACTERS);
    expect(isMarked(window.fresh(keyOf(0)), 0)).toBe(true);
    expect(isMarked(window.fresh(keyOf(1)), 0)).toBe(false);
  });
});
