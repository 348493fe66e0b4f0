// A whole relay from a simulated MISP into an Elasticsearch, and what stands there then.
import { expect } from 'vitest';
import type { MispData } from '../../simulators/misp/data.ts';
import { indexOf, streamOf } from '../../src/destinations/elasticsearch/names.ts';
import { install } from '../../src/install.ts';
import { createLog } from '../../src/log.ts';
import type { Endpoint } from '../../src/records/delivery.ts';
import { Scene } from './e2e/scene.ts';
import type { TestTemporal } from './e2e/temporal.ts';
import { documentsOf } from './es-world.ts';
import { type Json, type RealElasticsearch, send } from './real-elasticsearch.ts';

export type Access = Pick<RealElasticsearch, 'url' | 'headers'> & { access: Record<string, string> };

export interface Way {
  mode: 'index' | 'data_stream';
  endpoint: Endpoint;
}

export const WAYS: readonly Way[] = (['index', 'data_stream'] as const).flatMap((mode) =>
  (['attributes', 'events'] as const).map((endpoint) => ({ mode, endpoint })),
);

export interface Arrival {
  target: string;
  documents: Map<string, Json>;
  clear: () => Promise<void>;
}

/** Tens of thousands of attributes with all of their events. */
const READ_LIMIT_MS = 360_000;

let runs = 0;

/** Everything of `data`, installed by `install` and read to its end; nothing may be set aside. */
export async function relayInto(
  to: Access,
  { mode, endpoint }: Way,
  data: MispData,
  temporal: TestTemporal,
): Promise<Arrival> {
  const namespace = `relay${process.pid}x${Date.now().toString(36)}x${++runs}`;
  const scene = await Scene.open(temporal, {
    data,
    destinations: { elastic: { type: 'elasticsearch', url: to.url, ...to.access, mode, namespace } },
    feed: { destination: 'elastic', endpoint, expireAfter: 'never' },
  });
  try {
    const choice = { type: 'elasticsearch', dryRun: false, takeOver: false };
    const [installed] = await install(scene.config, createLog('silent'), choice);
    expect(installed!.problem).toBeNull();
    await scene.apply();
    const { state } = await scene.settled(scene.feed, READ_LIMIT_MS);
    expect(await scene.letters()).toEqual([]);
    expect(state!.totals.possibleDuplicates).toBe(0);
    const target = mode === 'index' ? indexOf(namespace) : streamOf(endpoint, namespace);
    return {
      target,
      documents: await documentsOf(to, target),
      async clear() {
        await send(to, 'DELETE', `/${indexOf(namespace)}`);
      },
    };
  } finally {
    await scene.close();
  }
}

/** How many live attributes there are of each type. */
export const typesIn = (data: MispData): Record<string, number> =>
  counted([...data.byId.rows()].filter(({ deleted }) => !deleted).map(({ type }) => type));

export const typesOf = (documents: Map<string, Json>): Record<string, number> =>
  counted([...documents.values()].map(({ misp }) => (misp as { attribute: { type: string } }).attribute.type));

function counted(types: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of types.toSorted()) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/**
 * Of live values of one type, how many an indicator-match rule finds that looks at `field`: the terms query that such a rule makes of the
 * values it has seen in logs, below the query and filters of Elastic's own rules (elastic-ti-misp 2.7). `since`: of their look-back.
 */
export async function foundByRule(
  to: Access,
  target: string,
  field: string,
  values: readonly string[],
  since: string,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (let at = 0; at < values.length; at += 500) {
    const { status, json } = await send(to, 'POST', `/${target}/_search`, {
      size: 10_000,
      _source: ['misp.attribute.value'],
      query: {
        bool: {
          filter: [
            { range: { '@timestamp': { gte: since } } },
            { bool: { should: [{ term: { 'event.module': 'threatintel' } }, { prefix: { 'event.module': 'ti_' } }] } },
            { exists: { field } },
            { term: { 'event.category': 'threat' } },
            { term: { 'event.kind': 'enrichment' } },
            { term: { 'event.type': 'indicator' } },
            { terms: { [field]: values.slice(at, at + 500) } },
          ],
          must_not: [{ term: { 'labels.is_ioc_transform_source': 'true' } }],
        },
      },
    });
    expect(status).toBe(200);
    for (const { _source } of (json as { hits: { hits: { _source: Json }[] } }).hits.hits) {
      found.add((_source['misp'] as { attribute: { value: string } }).attribute.value);
    }
  }
  return found;
}
