// Lines, bodies, progress, and the reasons that are told: pure parts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newBatchProgress, owed, type BatchProgress } from '../../../src/destinations/destination.ts';
import type { Outcome } from '../../../src/destinations/elasticsearch/conclusion.ts';
import { bodyOf, isDelete, lineOf, type LineSettings } from '../../../src/destinations/elasticsearch/line.ts';
import { Pace } from '../../../src/destinations/elasticsearch/pace.ts';
import { answered, begun } from '../../../src/destinations/elasticsearch/progress.ts';
import { reasonOf } from '../../../src/destinations/elasticsearch/reasons.ts';
import { RecordError } from '../../../src/errors.ts';
import { AS_IS, upsertOf, withdrawalOf } from '../../contract/harness/carry.ts';

const ecs = {
  feedName: 'MISP',
  time: 'attribute',
  tags: null,
  namespace: 'soc',
  dashboardId: 'd',
  preserveOriginal: false,
} as const;
const settings = (changes: Partial<LineSettings> = {}): LineSettings => ({
  mode: 'index',
  onWithdraw: 'delete',
  ecs,
  ...changes,
});
const parts = (line: string): unknown[] => line.split('\t').map((part) => JSON.parse(part) as unknown);

describe('a line', () => {
  it('is an action and a document, with one tab between them whatever the value holds', () => {
    const [action, document] = parts(lineOf(upsertOf(1, { value: 'a\tb\nc' }), AS_IS, settings()));
    expect(action).toEqual({
      index: {
        _id: 'everything:00000000-0000-4000-8000-000000000001',
        version: 1_764_000_000_001,
        version_type: 'external_gte',
      },
    });
    expect(document).toMatchObject({ misp: { attribute: { value: 'a\tb\nc' } } });
  });

  it('of a withdrawal is a delete alone, of the same id', () => {
    const line = lineOf(withdrawalOf(1), AS_IS, settings());
    expect(isDelete(line)).toBe(true);
    expect(parts(line)).toEqual([
      {
        delete: {
          _id: 'everything:00000000-0000-4000-8000-000000000001',
          version: 1_764_000_000_001,
          version_type: 'external_gte',
        },
      },
    ]);
  });

  it('of an upsert is no delete, whatever its value', () => {
    expect(isDelete(lineOf(upsertOf(1, { value: '{"delete"' }), AS_IS, settings()))).toBe(false);
  });

  it('keeps a mark whatever translate: makes of the document', () => {
    const settingsOfMark = settings({ onWithdraw: 'mark' });
    for (const shape of [AS_IS, () => ({ event: { type: ['indicator'] } }), () => ({ other: 1 })]) {
      const [, document] = parts(lineOf(withdrawalOf(1), shape, settingsOfMark));
      expect(document).toMatchObject({ event: { type: ['info'] } });
    }
  });

  it('of a data stream names it, by endpoint and namespace', () => {
    const names = (['attributes', 'events'] as const).map(
      (endpoint) =>
        (
          parts(lineOf({ ...upsertOf(1), endpoint }, AS_IS, settings({ mode: 'data_stream' })))[0] as {
            create: { _index: string };
          }
        ).create._index,
    );
    expect(names).toEqual(['logs-ti_misp.threat_attributes-soc', 'logs-ti_misp.threat-soc']);
  });

  it('without a document is a dead letter', () => {
    expect(() => lineOf(upsertOf(1), () => ({}), settings())).toThrow(RecordError);
  });
});

describe('a body', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

  it('is as long as its lines, and sets event.ingested where it stands at the front', () => {
    const lines = [lineOf(upsertOf(1), AS_IS, settings()), lineOf(withdrawalOf(2), AS_IS, settings())];
    const body = bodyOf(lines, now);
    expect(body).toHaveLength(lines.join('\n').length + 1);
    const [, document, deletion, end] = body.split('\n');
    expect((JSON.parse(document!) as { event: object }).event).toMatchObject({ ingested: '2026-01-02T03:04:05.006Z' });
    expect(isDelete(deletion!)).toBe(true);
    expect(end).toBe('');
  });

  it('leaves a document alone that begins in another way', () => {
    expect(bodyOf(['{"index":{}}\t{"value":"{\\"event\\":{\\"ingested\\":\\"2020-01-01T00:00:00.000Z\\""}'], now)).toBe(
      '{"index":{}}\n{"value":"{\\"event\\":{\\"ingested\\":\\"2020-01-01T00:00:00.000Z\\""}\n',
    );
  });
});

describe('progress', () => {
  const outcome = fc.constantFrom<Outcome>(
    { kind: 'taken' },
    { kind: 'refused', code: 'c', reason: 'r' },
    { kind: 'again', code: 'c', message: 'm', doubtful: false },
    { kind: 'again', code: 'c', message: 'm', doubtful: true },
    { kind: 'blocked', code: 'c', message: 'm' },
  );
  const indexesOf = ({ todo }: Pick<BatchProgress, 'todo'>): number[] =>
    todo.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, n) => from + n));

  it('each record is taken, refused or owed, never two of it and never none; doubt covers what is doubtful', () => {
    const rounds = fc.array(fc.array(outcome, { minLength: 12, maxLength: 12 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rounds, fc.integer({ min: 1, max: 12 }), (given, most) => {
        let progress = newBatchProgress(12);
        const taken = new Set<number>();
        let doubted: number[] = [];
        for (const round of given) {
          const picked = indexesOf(progress).slice(0, most);
          if (picked.length === 0) break;
          const outcomes = picked.map((index) => round[index]!);
          progress = answered(begun(progress, picked, 10), progress.posting, picked, outcomes);
          outcomes.forEach((each, n) => {
            if (each.kind === 'taken') taken.add(picked[n]!);
            if (each.kind === 'again' && each.doubtful) doubted.push(picked[n]!);
          });
          const open = indexesOf(progress);
          doubted = doubted.filter((index) => open.includes(index));
          const all = [...taken, ...open, ...progress.rejected.map(({ index }) => index)].sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: 12 }, (_, n) => n));
          const { posting } = progress;
          for (const index of doubted) expect(posting && index >= posting.from && index < posting.to).toBe(true);
          if (owed(progress) === 0) expect(posting).toBeNull();
        }
      }),
    );
  });
});

describe('pace', () => {
  const lines = Array.from({ length: 8 }, () => 'x'.repeat(9));
  const all = [{ from: 0, to: 8 }];

  it('takes at least one record, however large', () => {
    expect(new Pace({ recordsMax: 5, bytesMax: 5 }).pick(all, lines)).toEqual([0]);
  });

  it('takes what fits by count and by bytes, from all that is owed', () => {
    const todo = [
      { from: 1, to: 2 },
      { from: 4, to: 8 },
    ];
    expect(new Pace({ recordsMax: 3, bytesMax: 1_000 }).pick(todo, lines)).toEqual([1, 4, 5]);
    expect(new Pace({ recordsMax: 8, bytesMax: 20 }).pick(todo, lines)).toEqual([1, 4]);
  });

  it('does not grow beyond its limit, nor because a small request went well', () => {
    const pace = new Pace({ recordsMax: 8, bytesMax: 1_000 });
    pace.tooBusy(8);
    pace.well(1);
    expect(pace.pick(all, lines)).toHaveLength(4);
    for (let n = 0; n < 5; n++) pace.well(8);
    expect(pace.pick(all, lines)).toHaveLength(8);
  });
});

describe('a reason', () => {
  const reason = (type: string, text: string, causes: string[] = []) => reasonOf({ type, reason: text, causes });

  it.each([
    [
      "[1:7] failed to parse field [threat.indicator.ip] of type [ip] in document with id '1'. Preview of field's value: 'secret'",
      'the value of threat.indicator.ip is no ip',
    ],
    [
      '[1:6] object mapping for [o] tried to parse field [o] as object, but found a concrete value',
      'o is mapped as an object, and holds a value',
    ],
    [
      '[1:16] mapping set to strict, dynamic introduction of [y] within [_doc] is not allowed',
      'the mapping does not know y',
    ],
    [
      '[1:11] mapping set to strict, dynamic introduction of [y] within [o] is not allowed',
      'the mapping does not know o.y',
    ],
    [
      'Limit of total fields [1000] has been exceeded while adding new fields [1]',
      'the index may have 1000 fields, and has them',
    ],
    ['Malformed content, must start with an object', 'it is no object'],
  ])('%s', (text, words) => {
    expect(reason('document_parsing_exception', text)).toBe(
      `Elasticsearch refuses the document: ${words} (document_parsing_exception)`,
    );
  });

  it('that is not known is told by its types alone, whatever it quotes', () => {
    expect(
      reason('mapper_exception', "the value 'secret' of [secret] failed to parse field [secret] of type [ip]", [
        'cause_exception',
        'Secret value',
      ]),
    ).toBe('Elasticsearch refuses the document (mapper_exception, cause_exception)');
    expect(reason('secret value!', 'secret')).toBe('Elasticsearch refuses the document (no reason given)');
  });
});
