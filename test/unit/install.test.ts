// What the config says about what is installed, and what it warns of.
import { describe, expect, it } from 'vitest';
import { longestLifeAt } from '../../src/install.ts';
import { toIdsWarnings } from '../../src/to-ids.ts';
import { BASE, load } from './config/config-file.ts';

const DAY = 86_400;
const TWO = BASE.replace('feeds:', '  es: { type: elasticsearch, url: http://127.0.0.1:9200 }\nfeeds:');
const feed = (name: string, more = ''): string => `  ${name}:\n    source: main\n    destination: es\n${more}`;

describe('the longest life at a destination', () => {
  it.each([
    ['', null],
    [feed('b'), 90 * DAY],
    [feed('b', '    expireAfter: 10d\n') + feed('c', '    expireAfter: { default: 5d, md5: 400d }\n'), 400 * DAY],
    [feed('b', '    expireAfter: 10d\n') + feed('c', '    expireAfter: { default: 5d, md5: never }\n'), null],
  ])('%s', (feeds, seconds) => {
    expect(longestLifeAt(load(TWO + feeds), 'es')).toBe(seconds);
  });

  it('is without end where the destination expires nothing by itself', () => {
    expect(longestLifeAt(load(TWO), 'splunk')).toBeNull();
  });
});

it('a feed to where all is matched, without toIds: named, and no other', () => {
  const config = load(
    TWO + feed('b') + feed('c', '    filter: { toIds: false }\n') + feed('d', '    filter: { toIds: true }\n'),
  );
  expect([...toIdsWarnings(config).keys()]).toEqual(['b', 'c']);
  expect([...toIdsWarnings(config, 'splunk').keys()]).toEqual([]);
});
