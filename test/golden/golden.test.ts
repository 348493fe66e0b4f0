// The simulated HEC answers word for word what a real Splunk was measured to answer, and the destination draws the right
// conclusion from it.
import { afterEach, describe, expect, it } from 'vitest';
import { serve, type Shell } from '../../simulators/http.ts';
import { Hec } from '../../simulators/hec/hec.ts';
import { hecDefaults } from '../../simulators/hec/switches.ts';
import { owed } from '../../src/destinations/destination.ts';
import { conclude } from '../../src/destinations/splunk-hec/conclusion.ts';
import { readReply } from '../../src/destinations/splunk-hec/reply.ts';
import { AS_IS, carry, upsertOf, withdrawalOf } from '../contract/harness/carry.ts';
import { fresh, hecWorld, type HecWorld } from '../unit/destinations/hec-world.ts';
import { answers, documented } from './answers.ts';
import { linesOf, requestOf, transcripts, type Transcript } from './transcript.ts';

const NOW = 1_764_000_000_000;
const HTML = '<html><head><title>An error</title></head><body></body></html>';
const signal = new AbortController().signal;

let world: HecWorld | undefined;
let shell: Shell | undefined;
afterEach(async () => {
  await world?.close();
  await shell?.close();
  world = shell = undefined;
});

const named = (which: (transcript: Transcript) => boolean): [string, Transcript][] =>
  transcripts.filter(which).map((transcript) => [`${transcript.name}: ${transcript.about}`, transcript]);

describe('the simulator', () => {
  it.each(named(() => true))('%s', (_, { switches, fault, before = [], request, reply, transport, held }) => {
    let now = NOW;
    const hec = new Hec({ now: () => now, keepEvents: true, ...(switches && { switches }) });
    const ask = (asked: typeof request): ReturnType<Hec['handle']> => {
      now += asked.afterMs ?? 0;
      return hec.handle(requestOf(asked, hec.token));
    };
    for (const asked of before) ask(asked);
    if (fault) hec.fail(fault, { next: 1 });
    const { status, headers, body, transport: way } = ask(request);
    expect(status).toBe(reply.status);
    expect(headers['Content-Type'] ?? null).toEqual(contentType(reply.type));
    if (reply.type === 'html') expect(() => JSON.parse(body) as unknown).toThrow();
    else expect(body).toBe(reply.body);
    expect(headers).toMatchObject(reply.headers ?? {});
    expect(way).toBe(transport);
    if (held) expect(hec.store.events.map(({ event }) => event)).toEqual(held);
  });
});

const contentType = (type: Transcript['reply']['type']): unknown =>
  type === null ? null : expect.stringContaining(type === 'json' ? 'application/json' : 'text/html');

describe('what follows for the records', () => {
  it.each(named(({ conclusion }) => conclusion !== undefined))('%s', (_, { request, reply, conclusion, worked }) => {
    const body = Buffer.from(reply.body ?? HTML);
    const read = readReply({ status: reply.status, headers: {}, body }, NOW);
    const question = {
      length: Math.max(1, linesOf(request).length),
      host: 'splunk:8088',
      worked: worked ?? false,
      index: undefined,
    };
    const { taken, ackId, rest } = conclude(read, question);
    expect({ taken, ackId, rest: rest.kind, code: 'code' in rest ? rest.code : undefined }).toEqual({
      code: undefined,
      ...conclusion,
    });
  });
});

describe('what becomes of the records', () => {
  it.each(named(({ delivered }) => delivered !== undefined))('%s', async (_, { switches, request, delivered }) => {
    world = await hecWorld({ gzip: false }, switches);
    const { saved, error } = await carry(world.destination, { id: 'golden', lines: linesOf(request) });
    const held = world.hec.hec.store.events.map(({ event }) => event);
    expect({
      held: held.map((event) => (request.pad !== undefined && event === 'x'.repeat(request.pad) ? '%PAD%' : event)),
      rejected: saved.rejected.map(({ index, code }) => [index, code]),
      error: (error as { code?: string } | null)?.code ?? error,
      owed: owed(saved),
      requests: saved.requests,
      possibleDuplicates: saved.possibleDuplicates,
    }).toEqual(delivered);
  });
});

describe('what an answer on acknowledgements confirms', () => {
  it.each(named(({ acknowledges }) => acknowledges !== undefined))('%s', async (_, { reply, acknowledges }) => {
    let polls = 0;
    let posts = 0;
    const json = (body: string) => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body });
    // The measured answer to the first question, and later none that would confirm.
    shell = await serve({
      handle: ({ path }) => {
        if (!path.endsWith('/ack')) return json(`{"text":"Success","code":0,"ackId":${posts++}}`);
        return json(polls++ === 0 ? reply.body! : '{"acks":{}}');
      },
    });
    world = await hecWorld({ url: shell.url, ackTimeout: 60 });
    const batch = { id: 'golden', lines: ['{"event":"a"}'] };
    const keep = { save: async () => {}, signal };
    const sent = await world.destination.deliver(batch, fresh(1), keep);
    const after = await world.destination.confirm!(batch, sent, keep);
    expect({ owed: owed(after), possibleDuplicates: after.possibleDuplicates }).toEqual(
      acknowledges ? { owed: 0, possibleDuplicates: 0 } : { owed: 1, possibleDuplicates: 1 },
    );
  });
});

describe('what a check makes of it', () => {
  it.each(named(({ check }) => check === true))('%s', async (_, { request, reply }) => {
    const asked: string[] = [];
    shell = await serve({
      handle: ({ method, path }) => {
        asked.push(`${method} ${path}`);
        const golden = method === request.method && path === request.path;
        const other = method === 'GET' ? '{"text":"HEC is healthy","code":17}' : '{"text":"No data","code":5}';
        return {
          status: golden ? reply.status : method === 'GET' ? 200 : 400,
          headers: { 'Content-Type': 'application/json' },
          body: golden ? reply.body! : other,
        };
      },
    });
    world = await hecWorld({ url: shell.url, ack: 'off' });
    expect(await world.destination.check(signal)).toMatchObject({ ok: true });
    expect(asked).toContain(`${request.method} ${request.path}`);
  });
});

describe('loss that no answer shows (T3, T4)', () => {
  it('the relay writes known keys only, and always an event', async () => {
    world = await hecWorld();
    const known = ['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields'];
    for (const delivery of [upsertOf(1), withdrawalOf(2)]) {
      const line = JSON.parse(world.destination.encode(delivery, AS_IS)) as Record<string, unknown>;
      expect(known).toEqual(expect.arrayContaining(Object.keys(line)));
      expect(Object.keys(line['event'] as object)).not.toEqual([]);
      expect(Object.values(line)).not.toContain(null);
    }
  });
});

describe('the list of measured answers', () => {
  it('each has a transcript, or the reason why not', () => {
    const told = answers.filter((answer) => answer.transcripts);
    const without = answers.filter((answer) => !answer.transcripts);
    console.log(
      [
        `${told.length} of ${answers.length} measured answers have a transcript (${transcripts.length} transcripts); without:`,
        ...without.map(({ point, says, none }) => `  ${point} ${says}: ${none}`),
      ].join('\n'),
    );
    expect(without.filter(({ none }) => none === undefined)).toEqual([]);
    const names = transcripts.map(({ name }) => name);
    const listed = [...documented, ...answers.flatMap((answer) => answer.transcripts ?? [])];
    expect(listed.sort()).toEqual(names.sort());
  });

  it('the delay of acknowledgements that was measured is the default', () => {
    expect(hecDefaults.ackDelayMs).toBe(1_200);
  });
});
