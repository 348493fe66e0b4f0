// The four places in which a kill can find a page, how they are recognised, and how one waits for them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Newest } from './store-view.ts';
import { until, type World } from './world.ts';

export const PLACES = [
  'fetch',
  'translate',
  'deliver before its commit',
  'deliver between commit and completion',
] as const;
export type Place = (typeof PLACES)[number];

/**
 * What was under way, from what the server believes to run and what the store shows. A page may be fetched while another one is
 * shipped, so a kill can hit two places.
 */
export const placesOf = (pending: readonly string[], newest: Newest): Place[] => [
  ...(pending.includes('fetch') ? (['fetch'] as const) : []),
  ...(pending.includes('translate') ? (['translate'] as const) : []),
  ...(pending.includes('deliver')
    ? [newest.receipt ? ('deliver between commit and completion' as const) : ('deliver before its commit' as const)]
    : []),
];

/** Resolves at a moment in which the place is under way; whoever kills must do so at once. */
export async function reach(world: World, place: Place): Promise<void> {
  const { store, wire } = world;
  switch (place) {
    case 'fetch':
    case 'translate':
      return until(`${place} is under way`, async () => (await world.pending())?.includes(place) === true);
    case 'deliver before its commit': {
      const sending = (): boolean => {
        const { claimed, receipt, posting } = store.newest();
        return claimed && !receipt && posting > 0;
      };
      const { store: sink } = world.hec.hec;
      let requests = 0;
      // The destination has a request that the store knows only as begun: what a crash now leaves behind comes twice.
      return tightly(place, () => {
        const more = sink.requests > requests;
        requests = sink.requests;
        return more && sending();
      });
    }
    case 'deliver between commit and completion': {
      await tightly('a delivery is under way', () => {
        const { claimed, receipt } = store.newest();
        return claimed && !receipt;
      });
      wire.hold();
      return tightly(place, () => store.newest().receipt);
    }
  }
}

/** Looks at every turn of this process, which also plays the MISP and the HEC. */
async function tightly(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 180_000; !holds(); await nextTurn()) {
    if (Date.now() > end) throw new Error(`it did not come to pass: ${what}`);
  }
}
