// What a real Elasticsearch says to documents, and what becomes of them.
import { afterEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/records/delivery.ts';
import { upsertOf, withdrawalOf } from '../contract/harness/carry.ts';
import { type EsWorld, esWorld } from '../support/es-world.ts';
import { realElasticsearch } from '../support/real-elasticsearch.ts';
import { uuidOf } from '../support/records.ts';

const worlds: EsWorld[] = [];
const world = async (...[options, more]: [object?, object?]): Promise<EsWorld> => {
  const made = await esWorld(realElasticsearch!, options as Record<string, unknown>, more);
  worlds.push(made);
  return made;
};
afterEach(async () => {
  for (const each of worlds.splice(0)) await each.close();
});
const streams = { mode: 'data_stream' };
const withSeq = (delivery: Delivery, seq: number, value = '198.51.100.7'): Delivery =>
  delivery.action === 'upsert' ? { ...delivery, seq, record: { ...delivery.record, value } } : { ...delivery, seq };
const valueOf = (document: object | undefined): unknown =>
  (document as { misp: { attribute: { value: unknown } } } | undefined)?.misp.attribute.value;

describe.skipIf(!realElasticsearch)('a real Elasticsearch', () => {
  it.each([
    ['a field of another type', { threat: { properties: { indicator: { properties: { type: { type: 'long' } } } } } }],
    ['an object where we have a value', { event: { properties: { kind: { properties: { x: { type: 'long' } } } } } }],
  ])('a mapping with %s: each document is a dead letter with its reason, and no value in it', async (_, properties) => {
    const made = await world({}, { installed: false });
    const aliases = { [`misp-relay-write-${made.namespace}`]: {} };
    await made.operator('PUT', `/${made.target}`, { aliases, mappings: { properties } });
    const { saved, error } = await made.deliver([upsertOf(1, { value: 'SECRET-VALUE' }), withdrawalOf(2)]);
    expect(error).toBeNull();
    expect(saved.rejected).toMatchObject([{ index: 0, code: 'document_parsing_exception' }]);
    expect(saved.rejected[0]!.reason).not.toContain('SECRET-VALUE');
    expect(await made.documents()).toEqual(new Map());
  });

  it.each([{}, streams])(
    '%j, a conflict in one field: who has it is a dead letter, the rest arrives',
    async (options) => {
      const made = await world(options, { installed: false });
      const properties = {
        threat: { properties: { indicator: { properties: { ip: { type: 'boolean' } } } } },
        misp_relay: { properties: { delivery_id: { type: 'keyword' } } }, // by which they are read
      };
      if (made.target.startsWith('logs-ti_misp_latest')) {
        const aliases = { [`misp-relay-write-${made.namespace}`]: {} };
        await made.operator('PUT', `/${made.target}`, { aliases, mappings: { properties } });
      } else {
        await made.operator('PUT', `/_index_template/misp-relay-threat_attributes-${made.namespace}`, {
          index_patterns: [made.target],
          data_stream: {},
          priority: 500,
          template: { mappings: { properties } },
        });
      }
      const sent = [
        upsertOf(1, { type: 'ip-dst', value: '192.0.2.77' }),
        upsertOf(2, { type: 'md5', value: 'd'.repeat(32) }),
        upsertOf(3, { type: 'ip-src', value: '192.0.2.78' }),
        upsertOf(4, { type: 'domain', value: 'arrives.example.com' }),
      ];
      const { saved, error } = await made.deliver(sent);
      expect(error).toBeNull();
      expect(saved.rejected).toMatchObject([
        { index: 0, code: 'document_parsing_exception' },
        { index: 2, code: 'document_parsing_exception' },
      ]);
      for (const { reason } of saved.rejected) {
        expect(reason).toContain('threat.indicator.ip');
        expect(reason).not.toContain('192.0.2.7');
      }
      expect([...(await made.documents()).values()].map(valueOf).sort()).toEqual([
        'arrives.example.com',
        'd'.repeat(32),
      ]);
    },
  );

  it('dynamic: strict: our own mapping leaves nothing to add', async () => {
    const made = await world();
    await made.operator('PUT', `/${made.target}/_mapping`, { dynamic: 'strict' });
    const { saved, error } = await made.deliver([upsertOf(1), upsertOf(2, { type: 'md5', value: 'd'.repeat(32) })]);
    expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
    expect((await made.documents()).size).toBe(2);
  });

  it('versions: what is older never comes back, also not after a delete', async () => {
    const made = await world();
    const id = `everything:${uuidOf(1)}`;
    const see = async (): Promise<unknown> => valueOf((await made.documents()).get(id));
    const carryAll = async (...deliveries: Delivery[]): Promise<void> => {
      const { error, saved } = await made.deliver(deliveries);
      expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
    };
    await carryAll(withSeq(upsertOf(1), 200, 'new'));
    await carryAll(withSeq(upsertOf(1), 100, 'old'));
    expect(await see()).toBe('new');
    await carryAll(withSeq(withdrawalOf(1), 300));
    await carryAll(withSeq(upsertOf(1), 200, 'new'));
    expect(await see()).toBeUndefined();
    await carryAll(withSeq(upsertOf(1), 400, 'again'));
    expect(await see()).toBe('again');
    await carryAll(withSeq(upsertOf(1), 400, 'again')); // lands on itself
    expect((await made.documents()).size).toBe(1);
  });

  it('a data stream: what goes twice is there once', async () => {
    const made = await world(streams);
    const sent = [upsertOf(1), upsertOf(2), withSeq(withdrawalOf(1), 1_764_000_000_900)];
    for (let n = 0; n < 2; n++) {
      const { error, saved } = await made.deliver(sent);
      expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
    }
    expect((await made.documents()).size).toBe(3);
  });

  it.each([{}, streams])('%j, read-only: blocked with the remedy; lifted, it goes on', async (options) => {
    const made = await world(options);
    expect((await made.deliver([upsertOf(1)])).error).toBeNull();
    await made.operator('PUT', `/${made.target}/_settings`, { 'index.blocks.write': true });
    const blocked = await made.deliver([upsertOf(2)]);
    expect(blocked.error).toMatchObject({ kind: 'permanent', code: 'ELASTICSEARCH_READ_ONLY' });
    const { ok, code } = await made.destination.check(AbortSignal.timeout(10_000));
    if (made.target.startsWith('logs-ti_misp_latest'))
      expect({ ok, code }).toEqual({ ok: false, code: 'ELASTICSEARCH_READ_ONLY' });
    await made.operator('PUT', `/${made.target}/_settings`, { 'index.blocks.write': null });
    expect((await made.deliver([upsertOf(2)], blocked.saved)).error).toBeNull();
    expect((await made.documents()).size).toBe(2);
  });

  it('the index is deleted under our feet: blocked with the command; installed again, it goes on', async () => {
    const made = await world();
    await made.operator('DELETE', `/${made.target}`);
    const { error, saved } = await made.deliver([upsertOf(1), withdrawalOf(2)]);
    expect(error).toMatchObject({ kind: 'permanent', code: 'ELASTICSEARCH_ALIAS_MISSING' });
    expect((error as Error).message).toContain('npx misp-relay install elasticsearch');
    expect((await made.operator('GET', `/${made.target}`)).status).toBe(404); // and nothing was made by the attempt
    const request = { dryRun: false, takeOver: false, longestLife: null };
    expect((await made.destination.install!(request, AbortSignal.timeout(10_000))).problem).toBeNull();
    expect((await made.deliver([upsertOf(1), withdrawalOf(2)], saved)).error).toBeNull();
    expect((await made.documents()).size).toBe(1);
  });

  it('install into a cluster that is read-only: said, with the remedy', async () => {
    const made = await world({}, { installed: false });
    const settings = (on: boolean | null): object => ({ persistent: { 'cluster.blocks.read_only': on } });
    await made.operator('PUT', '/_cluster/settings', settings(true));
    try {
      const request = { dryRun: false, takeOver: false, longestLife: null };
      const { problem } = await made.destination.install!(request, AbortSignal.timeout(10_000));
      expect(problem!.message).toMatch(/read-only: take the block away/);
    } finally {
      await made.operator('PUT', '/_cluster/settings', settings(null));
    }
  });

  it.each([{}, streams])('%j, install: a second time there is nothing to do', async (options) => {
    const made = await world(options);
    const request = { dryRun: false, takeOver: false, longestLife: null };
    const { assets, problem } = await made.destination.install!(request, AbortSignal.timeout(10_000));
    expect(problem).toBeNull();
    expect(new Set(assets.map(({ change }) => change))).toEqual(new Set(['unchanged']));
  });
});
