import { expect, it } from 'vitest';
import { newCursor } from '../../../src/core/cursor.ts';
import { accept, nextRequest, startPoll } from '../../../src/misp/reader.ts';
import { filterSchema } from '../../../src/misp/query.ts';
import { pageSettingsOf } from '../../../src/misp/settings.ts';

const version = { version: '2.5.19', deletedForms: ['only' as const] };

it('a filter with costly includes is read in small pages, and what narrows stands apart from what adds', () => {
  const filter = filterSchema.parse({ eventIds: [4], restSearch: { includeSightings: 1 } });
  expect(pageSettingsOf(filter, version, { attachments: true })).toEqual({
    pageSize: 1000,
    firstPage: 100,
    lookbackSeconds: 900,
    deletedForms: ['only'],
    narrow: { eventid: ['4'] },
    includes: {
      includeContext: 1,
      includeEventTags: 1,
      includeWarninglistHits: 1,
      withAttachments: 1,
      includeSightings: 1,
    },
  });
  expect(pageSettingsOf(filterSchema.parse({}), version, { pageSize: 20, lookbackSeconds: 60 })).toMatchObject({
    pageSize: 20,
    firstPage: 20,
    lookbackSeconds: 60,
  });
});

it('an update of MISP in the middle of a poll does not shift its passes', () => {
  const before = pageSettingsOf(filterSchema.parse({}), { version: 'develop', deletedForms: ['only', [0, 1]] });
  const after = pageSettingsOf(filterSchema.parse({}), version);
  const passes: string[] = [];
  let progress: ReturnType<typeof startPoll> | null = startPoll(
    { ...newCursor(1000), id: 5, mark: { id: 5, date: 900, readAt: 900 } },
    2000,
    before,
  );
  while (progress) {
    const settings = passes.length < 7 ? before : after;
    passes.push(nextRequest(progress, settings).pass);
    const answer = { rows: [], resultCount: 1, skipped: 0, date: 2000, askedAt: 2000 };
    progress = accept(progress, answer, settings).progress;
  }
  expect(passes).toEqual(['new', 'changed', ...new Array<string>(6).fill('deleted'), 'published', 'published']);
});
