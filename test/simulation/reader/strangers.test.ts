// A server that does not do what it is asked must be noticed.
import { expect, it } from 'vitest';
import { accept, startBackfill, WrongAnswer } from '../../../src/misp/reader.ts';
import { START } from './history.ts';
import { Misp } from './misp-model.ts';
import { random } from './random.ts';
import { newTally } from './tally.ts';
import { World } from './world.ts';

const settings = { pageSize: 10, firstPage: 5, lookbackSeconds: 900, deletedForms: ['only' as const] };

it('an order that is ignored is noticed in 1,000 of 1,000 polls', () => {
  let noticed = 0;
  for (let seed = 1; seed <= 1000; seed++) {
    const misp = new Misp(START, random(seed), {
      column: 'from 2.5.16',
      permSync: false,
      roleLimit: 0,
      ordersIgnored: true,
    });
    const event = misp.event();
    for (let i = 0; i < 40; i++) misp.insert(event, START - 40 + i, 'add');
    const world = new World(misp, random(seed), settings, 0, 0, newTally());
    try {
      world.pollAndCheck();
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error;
      noticed++;
    }
  }
  expect(noticed).toBe(1000);
});

it.each([
  ['a row before the window', [{ id: 1, timestamp: 99 }]],
  ['a row after the window', [{ id: 1, timestamp: 201 }]],
  ['the same row twice', [1, 1].map((id) => ({ id, timestamp: 150 }))],
  ['more rows than the limit', Array.from({ length: 11 }, (_, id) => ({ id, timestamp: 150 }))],
])('%s is a wrong answer', (_, rows) => {
  const answer = { rows, resultCount: rows.length, skipped: 0, date: START, askedAt: START };
  expect(() => accept(startBackfill(100, 200, settings), answer, settings)).toThrow(WrongAnswer);
});
