// The simulated MISP answers what a real one answered: each recorded request is asked again, in the state that the real one was
// in. The fixture has the same behaviour in our own words, for a clone without the recordings.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { deletedUnseen, leftOut, reasonOf } from './left-out.ts';
import { loadRecordings, scopeOf } from './recording.ts';
import { replay, type Replayed } from './replay.ts';
import { World } from './world.ts';

const FIXTURE = fileURLToPath(new URL('fixtures', import.meta.url));
const REAL = fileURLToPath(new URL('../../../shared/data/misp-recordings', import.meta.url));
/** Of the recordings of attributes/restSearch, those that must be equal. */
const SHARE_MIN = 0.8;

function replayed(folder: string): Replayed[] {
  const recordings = loadRecordings(folder);
  return replay(recordings, new World(recordings, deletedUnseen));
}

function report(all: readonly Replayed[]): string {
  const equal = all.filter(({ differences }) => differences.length === 0);
  const searches = (of: readonly Replayed[]): number =>
    of.filter(({ recording }) => scopeOf(recording) === 'attributes').length;
  const byReason = Map.groupBy(
    all.filter(({ differences }) => differences.length > 0),
    ({ recording }) => reasonOf(recording.name) ?? 'NO REASON',
  );
  const states = new Set(all.map(({ state }) => state)).size;
  return [
    `covered ${equal.length} of ${all.length} recordings (attributes/restSearch: ${searches(equal)} of ${searches(all)}) in ${states} states; left out:`,
    ...[...byReason].map(
      ([reason, of]) => `  ${of.length}  ${reason}: ${of.map(({ recording }) => recording.name).join(', ')}`,
    ),
  ].join('\n');
}

describe.each([
  { name: 'fixture', folder: FIXTURE, there: true },
  { name: 'MISP 2.5.1', folder: REAL, there: existsSync(REAL) },
])('recordings: $name', ({ folder, there }) => {
  let all: Replayed[] = [];
  beforeAll(() => {
    if (there) all = replayed(folder);
  });

  it.skipIf(!there)('the simulator agrees with each, or the reason why not is known', () => {
    console.log(report(all));
    const unexplained = all.filter(({ recording, differences }) => differences.length > 0 && !reasonOf(recording.name));
    expect(unexplained.map(({ recording, differences }) => `${recording.name}: ${differences.join('; ')}`)).toEqual([]);
  });

  it.skipIf(!there)('none that is left out agrees', () => {
    const stale = all.filter(({ recording, differences }) => differences.length === 0 && reasonOf(recording.name));
    expect(stale.map(({ recording }) => recording.name)).toEqual([]);
  });

  it.skipIf(!there)('most searches of attributes are equal', () => {
    const searches = all.filter(({ recording }) => scopeOf(recording) === 'attributes');
    const equal = searches.filter(({ differences }) => differences.length === 0);
    expect(equal.length / searches.length).toBeGreaterThanOrEqual(SHARE_MIN);
  });
});

it.skipIf(!existsSync(REAL))('each reason belongs to a recording', () => {
  const names = loadRecordings(REAL).map(({ name }) => name);
  expect(leftOut.filter((entry) => !names.some((name) => entry.name.test(name)))).toEqual([]);
});
