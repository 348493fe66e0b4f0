// The planted faults still fit the code: `npm run test:mutations` plants them, and takes minutes.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFault } from '../../mutations/copy.ts';
import { plants } from '../../mutations/plants.ts';
import { linesOf } from '../../mutations/report.ts';
import { outcomeOf } from '../../mutations/trial.ts';

const root = join(import.meta.dirname, '../../..');

describe('each planted fault', () => {
  it.each(plants)('$name', (plant) => {
    const content = readFileSync(join(root, plant.file), 'utf8');
    expect(withFault(content, plant)).not.toBe(content);
    expect(plant.tests.filter((each) => !existsSync(join(root, each)))).toEqual([]);
    expect(plant.tests.length).toBeGreaterThan(0);
  });

  it('has a name of its own', () => {
    expect(new Set(plants.map(({ name }) => name)).size).toBe(plants.length);
  });
});

describe('a fault that does not fit', () => {
  const plant = { name: 'a fault', file: 'a.ts', right: 'x + 1', wrong: 'x + $&', tests: [] };

  it.each([
    ['y + 1', 'a fault: look at a.ts, what is to be replaced is not there any more: x + 1'],
    ['x + 1; x + 1', 'a fault: look at a.ts, what is to be replaced is there 2 times: x + 1'],
  ])('%s: is an error that names the file', (content, message) => {
    expect(() => withFault(content, plant)).toThrow(message);
  });

  it('is planted as it is written otherwise', () => {
    expect(withFault('y; x + 1;', plant)).toBe('y; x + $&;');
  });
});

describe('what vitest reports', () => {
  const file = (status: string, ...tests: [fullName: string, status: string, ...messages: string[]][]) => ({
    name: '/copy/test/a.test.ts',
    status,
    message: status === 'failed' && tests.length === 0 ? 'SyntaxError' : '',
    assertionResults: tests.map(([fullName, status, ...failureMessages]) => ({ fullName, status, failureMessages })),
  });

  it('a test that failed is a catch: the first one, by name', () => {
    const failed = file('failed', ['one', 'passed'], ['two', 'failed', 'no row'], ['three', 'failed', 'no row']);
    expect(outcomeOf({ testResults: [file('passed', ['zero', 'passed']), failed] }, '/copy')).toEqual({
      kind: 'failed',
      file: 'test/a.test.ts',
      test: 'two',
      message: 'no row',
    });
  });

  it('a file that does not even load is none', () => {
    expect(outcomeOf({ testResults: [file('failed')] }, '/copy')).toEqual({
      kind: 'no answer',
      reason: 'test/a.test.ts cannot be loaded: SyntaxError',
    });
  });

  it('tests that were all left out are none either', () => {
    expect(outcomeOf({ testResults: [file('passed', ['one', 'skipped'])] }, '/copy')).toMatchObject({
      kind: 'no answer',
    });
    expect(outcomeOf({ testResults: [] }, '/copy')).toMatchObject({ kind: 'no answer' });
  });

  it('tests that passed are counted', () => {
    expect(outcomeOf({ testResults: [file('passed', ['one', 'passed'], ['two', 'skipped'])] }, '/copy')).toEqual({
      kind: 'passed',
      tests: 1,
    });
  });
});

it('the table says which test caught a fault, and which fault survived', () => {
  const caughtBy = { file: 'test/a.test.ts', test: 'nothing is lost', message: '' };
  const lines = linesOf([
    { plant: 'a fault', caughtBy, remarks: [], seconds: 1.25 },
    { plant: 'another', caughtBy: null, remarks: ['test/b.test.ts: not done after 3 minutes\nmore'], seconds: 180 },
  ]);
  expect(lines).toEqual([
    'planted fault  seconds  caught by',
    'a fault            1.3  test/a.test.ts: nothing is lost',
    'another          180.0  SURVIVED; test/b.test.ts: not done after 3 minutes',
    '',
    '1 of 2 planted faults were caught',
  ]);
});
