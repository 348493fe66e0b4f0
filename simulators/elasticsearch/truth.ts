// What is in the indices, for a test to compare with.
import { type Cluster } from './cluster.ts';
import { type Source } from './shard.ts';
import { scalarsAt } from './values.ts';

export interface TrueDocument {
  /** The index that holds it: a backing index where it is a data stream. */
  index: string;
  stream: string | undefined;
  id: string;
  version: number;
  seqNo: number;
  source: Source;
}

export interface Counts {
  /** All requests. */
  requests: number;
  /** Those to `_bulk`, refused ones included. */
  bulks: number;
  /** Items that were answered. */
  items: number;
  /** Live documents. */
  documents: number;
  byIndex: Record<string, number>;
  /** Answered with success and in no index: the failure store has them. */
  lost: number;
}

/** Live documents of the indices, aliases and streams that `expression` means; left out: of all. Nothing is copied: do not change them. */
export function* documentsOf(cluster: Cluster, expression?: string): Generator<TrueDocument> {
  const indices = expression === undefined ? cluster.indices.values() : cluster.resolve(expression);
  for (const index of indices) {
    for (const { id, version, seqNo, source } of index.shard.documents()) {
      yield { index: index.name, stream: index.stream, id, version, seqNo, source: source! };
    }
  }
}

/** How many live documents have the same value at `path`, where there is more than one. */
export function repeatedValues(documents: Iterable<TrueDocument>, path: string): Map<string, number> {
  const seen = new Map<string, number>();
  for (const { source } of documents) {
    for (const value of scalarsAt(source, path)) seen.set(String(value), (seen.get(String(value)) ?? 0) + 1);
  }
  return new Map([...seen].filter(([, count]) => count > 1));
}

export const byIndex = (cluster: Cluster): Record<string, number> =>
  Object.fromEntries([...cluster.indices.values()].map((index) => [index.name, index.shard.count]));
