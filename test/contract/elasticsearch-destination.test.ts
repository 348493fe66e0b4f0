// What becomes of single documents (elasticsearch-bulk 2.5), and of versions of one attribute.
import { afterEach, describe, expect, it } from 'vitest';
import type { ElasticsearchFaultName } from '../../simulators/elasticsearch/fault-table.ts';
import { newBatchProgress, owed } from '../../src/destinations/destination.ts';
import { PermanentError, RetryableError } from '../../src/errors.ts';
import { upsertOf, withdrawalOf } from './harness/carry.ts';
import { some, world as makeWorld, type World } from './harness/elasticsearch-world.ts';

let made: World | undefined;
const world = async (...given: Parameters<typeof makeWorld>): Promise<World> => (made = await makeWorld(...given));
afterEach(async () => {
  await made?.close();
  made = undefined;
});

const index = 'logs-ti_misp_latest.dest_threat_attributes-relay-default';
const alias = 'misp-relay-write-default';

describe('versions, in mode index', () => {
  it('an older version that comes late counts as delivered, and changes nothing', async () => {
    const { send, elasticsearch } = await world();
    await send([{ ...upsertOf(1, { comment: 'new' }), seq: 20 }]);
    const { saved, error } = await send([{ ...upsertOf(1, { comment: 'old' }), seq: 10 }]);
    expect(error).toBeNull();
    expect(saved).toMatchObject({ todo: [], rejected: [], possibleDuplicates: 0 });
    const docs = [...elasticsearch.docs(index)];
    expect(docs).toHaveLength(1);
    expect(docs[0]).toMatchObject({ version: 20, source: { threat: { indicator: { description: 'new' } } } });
  });

  it('an older version does not come back after a withdrawal, and a newer one does', async () => {
    const { send, there } = await world();
    await send([
      { ...upsertOf(1), seq: 10 },
      { ...withdrawalOf(1), seq: 20 },
    ]);
    expect(there()).toEqual([]);
    await send([{ ...upsertOf(1), seq: 15 }]);
    expect(there()).toEqual([]);
    await send([{ ...upsertOf(1), seq: 30 }]);
    expect(there()).toEqual([1]);
  });

  it('a withdrawal of what is not there is done', async () => {
    const { send } = await world();
    expect(await send([withdrawalOf(4)])).toMatchObject({ error: null, saved: { todo: [], rejected: [] } });
  });

  it('two feeds have a document each', async () => {
    const { send, elasticsearch } = await world();
    await send([upsertOf(1), { ...upsertOf(1), feed: 'other' }]);
    expect([...elasticsearch.docs(index)].map(({ id }) => id)).toEqual([
      'everything:00000000-0000-4000-8000-000000000001',
      'other:00000000-0000-4000-8000-000000000001',
    ]);
  });

  it('a mark keeps the document, and takes it from what rules look at', async () => {
    const { send, elasticsearch } = await world({ options: { onWithdraw: 'mark' } });
    await send([{ ...upsertOf(1), seq: 10 }]);
    const typed = (): unknown =>
      [...elasticsearch.docs(index)].map(({ source }) => (source as unknown as Doc).event.type);
    expect(typed()).toEqual([['indicator']]);
    await send([{ ...withdrawalOf(1), seq: 20 }]);
    expect(typed()).toEqual([['info']]);
    await send([{ ...upsertOf(1), seq: 30 }]);
    expect(typed()).toEqual([['indicator']]);
  });

  interface Doc {
    event: { type: string[]; ingested: string };
  }

  it('event.ingested is the time of sending, not of reading', async () => {
    const { send, elasticsearch, context } = await world();
    context.clock.ms = Date.UTC(2026, 5, 1, 12, 0, 0, 7);
    await send([upsertOf(1), upsertOf(2)]);
    expect([...elasticsearch.docs(index)].map(({ source }) => (source as unknown as Doc).event.ingested)).toEqual(
      Array(2).fill('2026-06-01T12:00:00.007Z'),
    );
  });
});

describe('mode data_stream', () => {
  const options = { mode: 'data_stream' };

  it('has a document for each version, and one for the withdrawal, that is decayed', async () => {
    const { send, elasticsearch } = await world({ options });
    await send([
      { ...upsertOf(1), seq: 10 },
      { ...upsertOf(1), seq: 11 },
      { ...withdrawalOf(1), seq: 11 },
    ]);
    const docs = [...elasticsearch.docs('logs-ti_misp.threat_attributes-default')].map(({ id, source }) => ({
      id: id.replace(/^everything:[^:]+:/, ''),
      decayed: (source as { misp: { attribute: { decayed?: boolean } } }).misp.attribute.decayed ?? false,
    }));
    expect(docs).toEqual([
      { id: '10', decayed: false },
      { id: '11', decayed: false },
      { id: '11:withdrawn', decayed: true },
    ]);
  });

  it('what is there already (409) is delivered, and counts as nothing else', async () => {
    const { send, there } = await world({ options });
    await send(some(4));
    const { saved, error } = await send(some(6));
    expect(error).toBeNull();
    expect(saved).toMatchObject({ todo: [], rejected: [], possibleDuplicates: 0 });
    expect(there()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('both datasets go in one request, each to its stream', async () => {
    const { send, elasticsearch } = await world({ options });
    await send([upsertOf(1), { ...upsertOf(2), endpoint: 'events' }]);
    expect(elasticsearch.counts().bulks).toBe(1);
    expect([...elasticsearch.docs()].map(({ stream }) => stream).sort()).toEqual([
      'logs-ti_misp.threat-default',
      'logs-ti_misp.threat_attributes-default',
    ]);
  });

  it('the failure store is no delivery: rejected, although Elasticsearch says 201', async () => {
    const { send, elasticsearch, there } = await world({ options });
    elasticsearch.fail('failure store used', { next: 1, items: [1, 3] });
    const { saved, error } = await send(some(5));
    expect(error).toBeNull();
    expect(saved.rejected.map(({ index: at, code }) => [at, code])).toEqual([
      [1, 'failure_store'],
      [3, 'failure_store'],
    ]);
    expect(there()).toEqual([0, 2, 4]);
  });

  it.each<ElasticsearchFaultName>(['failure store not applicable', 'replica failed'])(
    '%s: the document is delivered',
    async (fault) => {
      const { send, elasticsearch, there } = await world({ options });
      elasticsearch.fail(fault, { next: 1, every: 1 });
      expect(await send(some(3))).toMatchObject({ error: null, saved: { todo: [], rejected: [] } });
      expect(there()).toEqual([0, 1, 2]);
    },
  );

  it.each<ElasticsearchFaultName>(['failure store not enabled', 'failure store failed'])(
    '%s: rejected as any other',
    async (fault) => {
      const { send, elasticsearch } = await world({ options });
      elasticsearch.fail(fault, { next: 1, items: [0] });
      const { saved } = await send(some(2));
      expect(saved.rejected.map(({ index: at, code }) => [at, code])).toEqual([[0, 'document_parsing_exception']]);
    },
  );
});

describe('items that may go later', () => {
  it.each<[ElasticsearchFaultName, string]>([
    ['rejected items', 'ELASTICSEARCH_BUSY'],
    ['circuit breaking items', 'ELASTICSEARCH_BUSY'],
    ['flood stage items', 'ELASTICSEARCH_DISK_FULL'],
    ['unavailable items', 'ELASTICSEARCH_UNAVAILABLE'],
    ['internal error items', 'ELASTICSEARCH_UNAVAILABLE'],
  ])('%s: only these go again, and nothing that was taken', async (fault, code) => {
    const { send, elasticsearch, there } = await world();
    elasticsearch.fail(fault, { next: 1, every: 3 });
    const first = await send(some(10));
    expect(first.error).toBeInstanceOf(RetryableError);
    expect(first.error).toMatchObject({ code });
    expect((first.error as Error).message).toContain('4 of 10');
    expect(first.saved.todo).toEqual([0, 3, 6, 9].map((from) => ({ from, to: from + 1 })));
    expect(there()).toEqual([1, 2, 4, 5, 7, 8]);
    const items = elasticsearch.counts().items;
    const second = await send(some(10), first.saved);
    expect(second.error).toBeNull();
    expect(elasticsearch.counts().items - items).toBe(4);
    expect(there()).toEqual([1, 2, 4, 5, 7, 8, 0, 3, 6, 9]);
    expect(second.saved).toMatchObject({ possibleDuplicates: 0, posting: null });
  });

  it('each refusal halves the next request, down to one document; success doubles it', async () => {
    const { send, elasticsearch } = await world();
    elasticsearch.fail('rejected items', { next: 5, every: 1 });
    let { saved, error } = await send(some(8));
    const sent: number[] = [];
    let items = elasticsearch.counts().items;
    while (error) {
      ({ saved, error } = await send(some(8), saved));
      if (error) sent.push(elasticsearch.counts().items - items);
      items = elasticsearch.counts().items;
    }
    expect(sent).toEqual([4, 2, 1, 1]);
    expect(owed(saved)).toBe(0);
    // 1 + 2 + 4 + 1, after five that were refused.
    expect(elasticsearch.counts().bulks).toBe(9);
  });

  it('an item that was taken although it says 503 stays in doubt until it is answered for', async () => {
    const { send, elasticsearch, there } = await world();
    elasticsearch.fail('unavailable items after taking', { next: 1, items: [2, 5] });
    const first = await send(some(8));
    expect(first.saved.posting).toEqual({ from: 2, to: 6 });
    elasticsearch.fail('drop before read', { next: 1 });
    const second = await send(some(8), first.saved);
    expect(second.error).toBeInstanceOf(RetryableError);
    expect(second.saved.posting).toEqual({ from: 2, to: 6 });
    const third = await send(some(8), second.saved);
    expect(third).toMatchObject({ error: null, saved: { posting: null, todo: [], possibleDuplicates: 0 } });
    expect(there().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('what was not taken for certain leaves no doubt behind', async () => {
    const { send, elasticsearch } = await world();
    elasticsearch.fail('rejected items', { next: 1, every: 2 });
    expect((await send(some(4))).saved.posting).toBeNull();
  });
});

describe('items that somebody must help', () => {
  it.each<[ElasticsearchFaultName, string]>([
    ['unauthorized items', 'ELASTICSEARCH_AUTH'],
    ['forbidden items', 'ELASTICSEARCH_FORBIDDEN'],
    ['read-only items', 'ELASTICSEARCH_READ_ONLY'],
    ['missing index items', 'ELASTICSEARCH_ALIAS_MISSING'],
  ])('%s: the feed is blocked, what was taken stays so, no record dies', async (fault, code) => {
    const { send, elasticsearch, there } = await world();
    elasticsearch.fail(fault, { next: 1, every: 2 });
    const { saved, error } = await send(some(4));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code });
    expect(saved).toMatchObject({
      rejected: [],
      todo: [
        { from: 0, to: 1 },
        { from: 2, to: 3 },
      ],
    });
    expect(there()).toEqual([1, 3]);
  });

  it('a privilege is named, with the name that it must be on', async () => {
    const { send } = await world({ switches: { privileges: ['create_index', 'manage', 'read'] }, installed: false });
    const { error } = await send(some(1));
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_FORBIDDEN' });
    expect((error as Error).message).toContain('index, delete, view_index_metadata on misp-relay-write-default');
  });

  it.each([
    ['index.blocks.write', PermanentError, 'ELASTICSEARCH_READ_ONLY'],
    ['index.blocks.read_only', PermanentError, 'ELASTICSEARCH_READ_ONLY'],
    ['index.blocks.read_only_allow_delete', RetryableError, 'ELASTICSEARCH_DISK_FULL'],
  ])('%s, for documents and deletes', async (block, kind, code) => {
    const { send, operator } = await world();
    await operator('PUT', `/${index}/_settings`, { [block]: true });
    for (const delivery of [upsertOf(1), withdrawalOf(1)]) {
      const { error } = await send([delivery]);
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({ code });
    }
    await operator('PUT', `/${index}/_settings`, { [block]: null });
    expect((await send([upsertOf(1)])).error).toBeNull();
  });

  it('a closed index', async () => {
    const { send, operator } = await world();
    await operator('POST', `/${index}/_close`);
    expect((await send(some(1))).error).toMatchObject({ code: 'ELASTICSEARCH_INDEX_CLOSED', kind: 'permanent' });
  });

  it('a pipeline that is not there', async () => {
    const { send } = await world({ options: { pipeline: 'mine' } });
    const { error } = await send(some(2));
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_PIPELINE_MISSING', kind: 'permanent' });
    expect((error as Error).message).toContain('mine');
  });

  it('an alias that does not say which index to write to', async () => {
    const { send, operator } = await world({ installed: false });
    for (const name of ['one', 'two']) await operator('PUT', `/${name}`, { aliases: { [alias]: {} } });
    expect((await send(some(1))).error).toMatchObject({ code: 'ELASTICSEARCH_WRONG_TARGET', kind: 'permanent' });
  });
});

describe('a missing target', () => {
  it.each(['documents', 'withdrawals'])('no alias, only %s: blocked, and Elasticsearch makes nothing', async (what) => {
    const { send, elasticsearch } = await world({ installed: false });
    const { saved, error } = await send([what === 'documents' ? upsertOf(1) : withdrawalOf(1)]);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_ALIAS_MISSING' });
    expect((error as Error).message).toContain('npx misp-relay install elasticsearch');
    expect(owed(saved)).toBe(1);
    expect(elasticsearch.counts().byIndex).toEqual({});
  });

  it('goes on from the same place when it is there', async () => {
    const { send, operator, there } = await world({ installed: false });
    const first = await send(some(3));
    await operator('PUT', `/${index}`, { aliases: { [alias]: { is_write_index: true } } });
    expect((await send(some(3), first.saved)).error).toBeNull();
    expect(there()).toEqual([0, 1, 2]);
  });

  it('no template for the data stream: blocked, and no plain index stands in its place', async () => {
    const { send, elasticsearch } = await world({ options: { mode: 'data_stream' }, installed: false });
    expect((await send(some(1))).error).toMatchObject({ code: 'ELASTICSEARCH_STREAM_MISSING', kind: 'permanent' });
    expect(elasticsearch.counts().byIndex).toEqual({});
  });

  it('a plain index in place of the data stream', async () => {
    const { send, operator } = await world({ options: { mode: 'data_stream' }, installed: false });
    await operator('PUT', '/logs-ti_misp.threat_attributes-default');
    expect((await send(some(1))).error).toMatchObject({ code: 'ELASTICSEARCH_WRONG_TARGET', kind: 'permanent' });
  });
});

describe('documents that will never be taken', () => {
  it('the reason names the field, and no value of the record', async () => {
    const { send, operator } = await world({ installed: false });
    const mappings = {
      properties: { threat: { properties: { indicator: { properties: { name: { type: 'ip' } } } } } },
    };
    await operator('PUT', `/${index}`, { mappings, aliases: { [alias]: { is_write_index: true } } });
    const { saved, error } = await send([upsertOf(1), upsertOf(2, { value: 'very-secret.example' })]);
    expect(error).toBeNull();
    expect(saved.rejected).toEqual([
      {
        index: 1,
        code: 'document_parsing_exception',
        reason:
          'Elasticsearch refuses the document: the value of threat.indicator.name is no ip (document_parsing_exception)',
      },
    ]);
    expect(JSON.stringify(saved)).not.toContain('very-secret');
  });

  it('refused, busy and taken in one answer: each goes its own way', async () => {
    const { send, elasticsearch, there } = await world();
    elasticsearch.fail('bad items', { next: 1, items: [0, 4] });
    const first = await send(some(6));
    expect(first.error).toBeNull();
    expect(first.saved.rejected.map(({ index: at }) => at)).toEqual([0, 4]);
    elasticsearch.fail('rejected items', { next: 1, items: [1] });
    const start = { ...newBatchProgress(6), rejected: first.saved.rejected, todo: [{ from: 1, to: 4 }] };
    const second = await send(some(6), start);
    expect(second.saved).toMatchObject({ todo: [{ from: 2, to: 3 }], rejected: [{ index: 0 }, { index: 4 }] });
    expect(there().sort()).toEqual([1, 2, 3, 5]);
  });
});
