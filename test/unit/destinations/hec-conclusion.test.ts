// The golden table: every reply code of splunk-hec 3.7, and what else may answer, against what we conclude from it.
import { describe, expect, it } from 'vitest';
import { conclude, type Conclusion } from '../../../src/destinations/splunk-hec/conclusion.ts';
import { readReply } from '../../../src/destinations/splunk-hec/reply.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  length?: number;
  worked?: boolean;
}

function concluded({ status, body, headers = {}, length = 5, worked = true }: Answer): Conclusion {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const reply = readReply({ status, headers, body: bytes }, NOW);
  return conclude(reply, { length, host: 'splunk:8088', worked, index: 'threat_intel' });
}

const coded = (code: number, more: Record<string, unknown> = {}): unknown => ({ text: 'as told', code, ...more });
const at = (n: number): Record<string, unknown> => ({ 'invalid-event-number': n });
const html = '<!doctype html><html><body><h1>413</h1></body></html>';

const table: [about: string, answer: Answer, taken: number, rest: string, code?: string][] = [
  ['0', { status: 200, body: coded(0) }, 5, 'none'],
  ['1 token disabled', { status: 403, body: coded(1) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['2 token required', { status: 401, body: coded(2) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['3 invalid authorization', { status: 401, body: coded(3) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['4 invalid token', { status: 403, body: coded(4) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['5 no data', { status: 400, body: coded(5) }, 0, 'split', 'HEC_5'],
  ['5 no data, one record', { status: 400, body: coded(5), length: 1 }, 0, 'refused', 'HEC_5'],
  ['6 at the first', { status: 400, body: coded(6, at(0)) }, 0, 'refused', 'HEC_6'],
  ['6 in the middle', { status: 400, body: coded(6, at(3)) }, 3, 'refused', 'HEC_6'],
  ['6 at the last', { status: 400, body: coded(6, at(4)) }, 4, 'refused', 'HEC_6'],
  ['6 out of range', { status: 400, body: coded(6, at(5)) }, 0, 'split', 'HEC_6'],
  ['6 with a negative number', { status: 400, body: coded(6, at(-1)) }, 0, 'split', 'HEC_6'],
  ['6 without a number', { status: 400, body: coded(6) }, 0, 'split', 'HEC_6'],
  ['6 without a number, one record', { status: 400, body: coded(6), length: 1 }, 0, 'refused', 'HEC_6'],
  ['7 is off by one', { status: 400, body: coded(7, at(2)) }, 1, 'blocked', 'INDEX_NOT_ALLOWED'],
  ['7 at the first', { status: 400, body: coded(7, at(1)) }, 0, 'blocked', 'INDEX_NOT_ALLOWED'],
  ['7 at the last', { status: 400, body: coded(7, at(5)) }, 4, 'blocked', 'INDEX_NOT_ALLOWED'],
  ['7 out of range', { status: 400, body: coded(7, at(6)) }, 0, 'blocked', 'INDEX_NOT_ALLOWED'],
  ['7 with 0', { status: 400, body: coded(7, at(0)) }, 0, 'blocked', 'INDEX_NOT_ALLOWED'],
  ['8 internal error', { status: 500, body: coded(8) }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['9 busy', { status: 503, body: coded(9) }, 0, 'retry', 'HEC_BUSY'],
  ['9 busy at 0', { status: 503, body: coded(9, at(0)) }, 0, 'retry', 'HEC_BUSY'],
  ['9 busy after 3', { status: 503, body: coded(9, at(3)) }, 3, 'retry', 'HEC_BUSY'],
  ['9 busy after too many', { status: 503, body: coded(9, at(5)) }, 0, 'unknown', 'HEC_BUSY'],
  ['10 channel missing', { status: 400, body: coded(10) }, 0, 'blocked', 'HEC_CHANNEL_REFUSED'],
  ['11 channel invalid', { status: 400, body: coded(11) }, 0, 'blocked', 'HEC_CHANNEL_REFUSED'],
  ['12 event required', { status: 400, body: coded(12, at(2)) }, 2, 'refused', 'HEC_12'],
  ['13 event blank', { status: 400, body: coded(13, at(2)) }, 2, 'refused', 'HEC_13'],
  ['14 ack disabled', { status: 400, body: coded(14) }, 0, 'blocked', 'HEC_REFUSED'],
  ['15 indexed fields', { status: 400, body: coded(15, at(2)) }, 2, 'refused', 'HEC_15'],
  ['16 query string', { status: 400, body: coded(16) }, 0, 'blocked', 'HEC_REFUSED'],
  ['17 is for health only', { status: 200, body: coded(17) }, 5, 'none'],
  ['18 queues full', { status: 503, body: coded(18) }, 0, 'retry', 'HEC_UNAVAILABLE'],
  ['19 ack service', { status: 503, body: coded(19) }, 0, 'retry', 'HEC_UNAVAILABLE'],
  ['20 both', { status: 503, body: coded(20) }, 0, 'retry', 'HEC_UNAVAILABLE'],
  ['21 invalid token', { status: 400, body: coded(21) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['22 token disabled', { status: 400, body: coded(22) }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['23 shutting down', { status: 503, body: coded(23) }, 0, 'retry', 'HEC_UNAVAILABLE'],
  ['24 is accepted', { status: 200, body: coded(24) }, 5, 'none'],
  ['25 is accepted', { status: 200, body: coded(25) }, 5, 'none'],
  ['26 queue full', { status: 429, body: coded(26) }, 0, 'retry', 'HEC_RATE_LIMITED'],
  ['27 ack channel full', { status: 429, body: coded(27) }, 0, 'retry', 'HEC_ACK_CHANNEL_FULL'],
  ['28 channel missing in Cloud', { status: 400, body: coded(28) }, 0, 'blocked', 'HEC_CHANNEL_REFUSED'],
  ['a bare ackId', { status: 200, body: { ackId: 0 } }, 5, 'none'],
  ['a code of tomorrow with 200', { status: 200, body: coded(99) }, 5, 'none'],
  ['a failure with 200', { status: 200, body: coded(6, at(1)) }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['200 with HTML', { status: 200, body: html }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['200 with nothing', { status: 200, body: '' }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['200 with half a body', { status: 200, body: '{"text":"Succ' }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['200 with a list', { status: 200, body: [] }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['200 with other JSON', { status: 200, body: { ok: true } }, 0, 'unknown', 'HEC_UNREADABLE'],
  ['204', { status: 204, body: '' }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['a redirect', { status: 303, body: '', headers: { location: '/en-US/' } }, 0, 'blocked', 'HEC_WRONG_URL'],
  ['400 with HTML', { status: 400, body: html }, 0, 'blocked', 'HEC_REFUSED'],
  ['400 with an unknown code', { status: 400, body: coded(77, at(1)) }, 0, 'blocked', 'HEC_REFUSED'],
  ['403 with HTML', { status: 403, body: html }, 0, 'blocked', 'HEC_TOKEN_REJECTED'],
  ['404 before it ever worked', { status: 404, body: coded(404), worked: false }, 0, 'blocked', 'HEC_WRONG_URL'],
  ['404 after it worked', { status: 404, body: coded(404) }, 0, 'retry', 'HEC_GONE'],
  ['405', { status: 405, body: coded(404) }, 0, 'blocked', 'HEC_WRONG_URL'],
  ['408', { status: 408, body: html }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['413', { status: 413, body: html }, 0, 'split', 'HEC_413'],
  ['413 for one record', { status: 413, body: html, length: 1 }, 0, 'refused', 'HEC_413'],
  ['415', { status: 415, body: html }, 0, 'blocked', 'HEC_ENCODING_REFUSED'],
  ['418', { status: 418, body: html }, 0, 'blocked', 'HEC_REFUSED'],
  ['429 with HTML', { status: 429, body: html }, 0, 'retry', 'HEC_RATE_LIMITED'],
  ['500 with HTML', { status: 500, body: html }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['502', { status: 502, body: html }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['503 with HTML', { status: 503, body: html }, 0, 'unknown', 'HEC_ANSWER_LOST'],
  ['504', { status: 504, body: html }, 0, 'unknown', 'HEC_ANSWER_LOST'],
];

describe('an answer to five records', () => {
  it.each(table)('%s', (_, answer, taken, kind, code) => {
    const { taken: got, rest } = concluded(answer);
    expect([got, rest.kind, 'code' in rest ? rest.code : undefined]).toEqual([taken, kind, code]);
  });
});

describe('what comes along', () => {
  it('the ackId of a 400 with a prefix, and none without (T7)', () => {
    expect(concluded({ status: 400, body: coded(6, { ...at(1), ackId: 0 }) }).ackId).toBe(0);
    expect(concluded({ status: 400, body: coded(6, { ...at(0), ackId: 0 }) }).ackId).toBeNull();
  });

  it.each([
    ['7', 7_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['86400', 300_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('Retry-After: %s', (value, ms) => {
    const { rest } = concluded({ status: 429, body: coded(26), headers: { 'retry-after': value } });
    expect('retryAfterMs' in rest ? rest.retryAfterMs : undefined).toBe(ms);
  });

  it('what was refused or is in doubt is told apart', () => {
    expect(concluded({ status: 400, body: coded(6) }).rest).toMatchObject({ doubtful: true });
    expect(concluded({ status: 413, body: html }).rest).toMatchObject({ doubtful: false });
    expect(concluded({ status: 400, body: coded(7, at(2)) }).rest).toMatchObject({ doubtful: false });
    expect(concluded({ status: 400, body: coded(7) }).rest).toMatchObject({ doubtful: true });
  });

  it.each([
    ['Splunk Web', { status: 303, body: '', headers: { location: 'https://splunk:8000/en-US/services' } }],
    ['Splunk Web', { status: 404, body: '<html><title>404 - Splunk</title></html>', worked: false }],
    [
      'the management port',
      {
        status: 401,
        body: '<response><messages><msg type="WARN">call not properly authenticated</msg></messages></response>',
      },
    ],
    ['the management port', { status: 404, body: '{"messages":[{"type":"ERROR","text":"Not Found"}]}', worked: false }],
  ] satisfies [string, Answer][])('%s is named, with the remedy', (who, answer) => {
    const { rest } = concluded(answer);
    expect(rest).toMatchObject({ kind: 'blocked', code: 'HEC_WRONG_URL' });
    expect('message' in rest && rest.message).toContain(who);
    expect('message' in rest && rest.message).toContain('usually 8088');
  });

  it('the index is named when it is refused', () => {
    const { rest } = concluded({ status: 400, body: coded(7, at(1)) });
    expect('message' in rest && rest.message).toContain('threat_intel');
  });
});
