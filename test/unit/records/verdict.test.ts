import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../../../src/records/ledger-row.ts';
import { deliveryIdOf, identityOf } from '../../../src/records/delivery.ts';
import { digestOf } from '../../../src/records/digest.ts';
import type { IndicatorRecord } from '../../../src/records/record.ts';
import { verdictOf } from '../../../src/records/verdict.ts';
import { recordWith } from '../../support/records.ts';

const known = (record: IndicatorRecord, changes: Partial<LedgerRow> = {}): LedgerRow => ({
  timestamp: record.timestamp,
  deleted: false,
  digest: digestOf(record),
  rejectedDigest: null,
  seq: 10,
  state: 'live',
  at: 0,
  shipment: 's',
  identity: identityOf(record),
  withdrawals: 0,
  countedFrom: record.timestamp,
  expiresAt: null,
  ...changes,
});

describe('the digest', () => {
  const record = recordWith({ object: { id: '7', relation: 'sha256', details: null } });
  const variants: [string, IndicatorRecord][] = [
    [
      'ids that are local to the instance',
      {
        ...record,
        id: '99',
        object: { id: '8', relation: 'sha256', details: null },
        event: { ...record.event, id: '5' },
      },
    ],
    ['event timestamp and publish time', { ...record, event: { ...record.event, timestamp: 1, publishTimestamp: 2 } }],
    ['the order of tags', { ...record, tags: [...record.tags].reverse() }],
  ];
  it.each(variants)('does not change with %s', (_, other) => {
    expect(digestOf(other)).toBe(digestOf(record));
  });

  const contents: [string, IndicatorRecord][] = [
    ['the value', { ...record, value: 'other' }],
    ['the timestamp', { ...record, timestamp: 5 }],
    ['a tag', { ...record, tags: [] }],
    ['an event tag', { ...record, event: { ...record.event, tags: [{ name: 'tlp:red', local: false }] } }],
    ['the name of the event', { ...record, event: { ...record.event, info: 'other' } }],
    ['to_ids', { ...record, toIds: false }],
    ['the published flag', { ...record, event: { ...record.event, published: false } }],
    ['the relation in its object', { ...record, object: { id: '7', relation: 'md5', details: null } }],
  ];
  it.each(contents)('changes with %s', (_, other) => {
    expect(digestOf(other)).not.toBe(digestOf(record));
  });
});

describe('what becomes of a row', () => {
  const record = recordWith();
  const edited = { ...record, value: 'edited', timestamp: record.timestamp + 1 };
  const gone = { ...record, deleted: true, timestamp: record.timestamp + 1 };

  it('sends what is new, and what was edited', () => {
    expect(verdictOf(record, null, undefined, 11).kind).toBe('upsert');
    expect(verdictOf(edited, null, known(record), 11).kind).toBe('upsert');
  });

  it('leaves what is confirmed, what is a dead letter, and what the ledger knows a newer version of', () => {
    expect(verdictOf(record, null, known(record), 11).kind).toBe('unchanged');
    expect(verdictOf(edited, null, known(record, { rejectedDigest: digestOf(edited) }), 11).kind).toBe('unchanged');
    expect(verdictOf(edited, null, known(record), 10).kind).toBe('unchanged');
    expect(verdictOf(edited, null, known(record), 9).kind).toBe('unchanged');
  });

  it('sends again what was forgotten', () => {
    expect(verdictOf(record, null, known(record, { digest: null }), 11).kind).toBe('upsert');
  });

  it('withdraws what is live and was deleted, once', () => {
    expect(verdictOf(gone, null, known(record), 11)).toMatchObject({ kind: 'withdraw', reason: 'deleted' });
    expect(verdictOf(gone, null, known(record, { state: 'withdrawn', digest: digestOf(gone) }), 12).kind).toBe(
      'unchanged',
    );
  });

  it('withdraws a deleted row also when the filter would leave it out', () => {
    expect(verdictOf(gone, 'type', known(record), 11)).toMatchObject({ kind: 'withdraw', reason: 'deleted' });
  });

  it('only notes a deleted row that is not live', () => {
    expect(verdictOf(gone, null, undefined, 11).kind).toBe('note deleted');
    expect(verdictOf(gone, null, known(record, { state: 'rejected' }), 11).kind).toBe('note deleted');
  });

  it('withdraws what is live and leaves the filter', () => {
    expect(verdictOf(edited, 'toIds', known(record), 11)).toMatchObject({
      kind: 'withdraw',
      reason: 'filtered: toIds',
    });
    expect(verdictOf(edited, 'toIds', undefined, 11)).toEqual({ kind: 'filtered', rule: 'toIds' });
    expect(verdictOf(edited, 'toIds', known(record, { state: 'withdrawn' }), 11)).toEqual({
      kind: 'filtered',
      rule: 'toIds',
    });
  });

  it('does not withdraw what was unpublished: analysts unpublish to edit', () => {
    expect(verdictOf(edited, 'published', known(record), 11)).toEqual({ kind: 'filtered', rule: 'published' });
  });

  it('sends what comes back after a withdrawal, as a new delivery', () => {
    const withdrawn = known(record, { state: 'withdrawn', withdrawals: 1 });
    expect(verdictOf(record, null, withdrawn, 11).kind).toBe('upsert');
    const ids = [0, 1].map((withdrawals) => deliveryIdOf(record, digestOf(record), 'upsert', withdrawals));
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('leaves the siblings of an edited attribute alone while their event is unpublished', () => {
    const unpublished = { ...record, event: { ...record.event, published: false } };
    expect(verdictOf(unpublished, null, known(record), 11).kind).toBe('unchanged');
    const delivered = known(record, { digest: digestOf(unpublished) });
    expect(verdictOf(record, null, delivered, 11).kind).toBe('upsert'); // published at last
  });
});
