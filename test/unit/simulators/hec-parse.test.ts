import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { objectsOf } from '../../../simulators/hec/parse.ts';
import { channel, envelope, sender } from './ask.ts';

const good = envelope('good');

describe('objects of a body', () => {
  it.each([
    ['lines', '{"a":1}\n{"a":2}\n', [{ a: 1 }, { a: 2 }]],
    ['nothing between', '{"a":1}{"a":"}{\\"["}{"a":[{}]}', [{ a: 1 }, { a: '}{"[' }, { a: [{}] }]],
    ['an array', ' [{"a":1}, {"a":2}]', [{ a: 1 }, { a: 2 }]],
    ['an object over lines', '{\n"a":\n1}\n\n{"a":2}', [{ a: 1 }, { a: 2 }]],
    ['broken in the middle', '{"a":1}\n{"a":\n{"a":3}', [{ a: 1 }, undefined]],
    ['words', '{"a":1} oops', [{ a: 1 }, undefined]],
    ['nothing', ' \n', []],
  ])('%s', (_, text, wanted) => {
    expect([...objectsOf(text)].map(({ value }) => value)).toEqual(wanted);
  });
});

describe('a bad object is reported with its place, and what was before it is indexed (T1, T2)', () => {
  it.each([
    ['broken JSON', '{"event":', 400, 6, 1],
    ['fields is an array', envelope('x', { fields: ['a'] }), 400, 6, 1],
    ['null metadata', envelope('x', { host: null }), 400, 6, 1],
    ['no event', '{"time":1}', 400, 12, 1],
    ['empty text', envelope(''), 400, 13, 1],
    ['blank text', envelope('  '), 400, 13, 1],
    ['null', envelope(null), 400, 13, 1],
    ['empty object', envelope({}), 400, 13, 1],
    ['empty list', envelope([]), 400, 13, 1],
    ['nested fields', envelope('x', { fields: { a: { b: 1 } } }), 400, 15, 1],
    ['time that is no number', envelope('x', { time: 'yesterday' }), 400, 15, 1],
    ['an index that is not allowed: one higher', envelope('x', { index: 'secret' }), 400, 7, 2],
    ['larger than maxEventSize', envelope('x'.repeat(2000)), 400, 6, 1],
  ])('%s', (_, bad, status, code, n) => {
    const { hec, send } = sender({ switches: { indexes: ['main'], maxEventSize: 1000 } });
    const answer = send([good, bad, good].join('\n'));
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code, 'invalid-event-number': n });
    expect(hec.counts().events).toBe(1);
  });

  it('reports the first bad object, also when a later one is broken JSON', () => {
    expect(sender().send(`${good}${envelope('')}{"event`).json).toMatchObject({ code: 13, 'invalid-event-number': 1 });
  });
});

describe('success with loss (T3, T4, T5)', () => {
  it.each([
    ['an unknown key ends the request', [good, '{"event":"x","wat":1}', good], 200, 0, 1],
    ['an unknown key alone is no data', ['{"event":"x","wat":1}'], 400, 5, 0],
    ['fields without event is skipped', [good, '{"fields":{"a":1}}', good], 200, 0, 2],
    ['an empty body', [''], 400, 5, 0],
  ])('%s', (_, lines, status, code, indexed) => {
    const { hec, send } = sender();
    expect(send(lines.join('\n'))).toMatchObject({ status, json: { code } });
    expect(hec.counts().events).toBe(indexed);
  });

  it('a missing index vanishes with 200, or is refused', () => {
    const { hec, send } = sender({ switches: { existing: ['main'], missingIndex: 'vanish' } });
    expect(send(envelope('x', { index: 'nowhere' })).json).toEqual({ text: 'Success', code: 0 });
    expect(hec.counts()).toMatchObject({ events: 0, lost: 1 });
    hec.switches.missingIndex = 'refuse';
    expect(send(envelope('x', { index: 'nowhere' })).json).toMatchObject({ code: 7, 'invalid-event-number': 1 });
  });
});

describe('encodings and sizes', () => {
  it('takes gzip and refuses deflate with HTML', () => {
    const { hec, send } = sender();
    expect(send(gzipSync(good), { 'content-encoding': 'gzip' }).json).toMatchObject({ code: 0 });
    const refused = send(deflateSync(good), { 'content-encoding': 'deflate' });
    expect(refused.status).toBe(415);
    expect(refused.reply.headers['Content-Type']).toContain('html');
    expect(hec.counts().events).toBe(1);
  });

  it('refuses what is larger than max_content_length with HTML', () => {
    const { send } = sender({ switches: { maxContentLength: 10 } });
    expect(send(good)).toMatchObject({ status: 413, json: {} });
  });
});

describe('authorization', () => {
  const token = '11111111-2222-3333-4444-555555555555';
  it.each([
    ['none', undefined, '', 401, 2],
    ['Bearer', `Bearer ${token}`, '', 401, 3],
    ['no token in it', 'Splunk', '', 401, 3],
    ['another token', 'Splunk nope', '', 403, 4],
    ['Basic with the token as password', `Basic ${Buffer.from(`x:${token}`).toString('base64')}`, '', 200, 0],
    ['a valid token in the query', undefined, `?token=${token}`, 400, 16],
    ['another token in the query, although the header is good', `Splunk ${token}`, '?token=nope', 403, 4],
  ])('%s', (_, authorization, query, status, code) => {
    expect(sender().send(good, { authorization }, `/services/collector${query}`)).toMatchObject({
      status,
      json: { code },
    });
  });

  it('tells a disabled and a removed token apart', () => {
    const { hec, send } = sender();
    hec.switches.token = 'disabled';
    expect(send(good)).toMatchObject({ status: 403, json: { code: 1 } });
    hec.switches.token = 'unknown';
    expect(send(good)).toMatchObject({ status: 403, json: { code: 4 } });
    hec.switches.token = 'valid';
    expect(send(good)).toMatchObject({ status: 200 });
  });
});

describe('acknowledgement', () => {
  const acked = (switches: object = {}) => {
    let time = 0;
    const made = sender({ switches: { useAck: true, ...switches }, now: () => time });
    const poll = (ids: number[], on: string = channel): unknown =>
      made.send(JSON.stringify({ acks: ids }), { 'x-splunk-request-channel': on }, '/services/collector/ack').json[
        'acks'
      ];
    return { ...made, poll, pass: (ms: number) => (time += ms) };
  };

  it('counts ids from 0 in each channel, and says true late and once (T6)', () => {
    const { send, poll, pass } = acked();
    expect(send(good).json).toEqual({ text: 'Success', code: 0, ackId: 0 });
    expect(send(good).json).toMatchObject({ ackId: 1 });
    const other = '99999999-2222-3333-4444-555555555555';
    expect(send(good, { 'x-splunk-request-channel': other }).json).toMatchObject({ ackId: 0 });
    expect(poll([0, 1])).toEqual({ 0: false, 1: false });
    pass(1200);
    expect(poll([0, 7])).toEqual({ 0: true, 7: false });
    expect(poll([0, 1])).toEqual({ 0: false, 1: true });
    expect(poll([0], '99999999-0000-0000-0000-000000000000')).toEqual({ 0: false });
  });

  it('gives an ackId with code 6 when a prefix was taken, and none otherwise (T7)', () => {
    const { send } = acked();
    expect(send(`${good}{`).json).toMatchObject({ code: 6, 'invalid-event-number': 1, ackId: 0 });
    expect(send('{').json).not.toHaveProperty('ackId');
  });

  it.each([
    ['no channel', {}, undefined, 10],
    ['no channel in Cloud', { cloud: true }, undefined, 28],
    ['no GUID', {}, 'abc', 11],
  ])('%s', (_, switches, on, code) => {
    expect(acked(switches).send(good, { 'x-splunk-request-channel': on })).toMatchObject({
      status: 400,
      json: { code },
    });
  });

  it('forgets channels when idle for 10 minutes and on a restart', () => {
    const { hec, send, poll, pass } = acked();
    send(good);
    pass(600_001);
    expect(poll([0])).toEqual({ 0: false });
    expect(send(good).json).toMatchObject({ ackId: 0 });
    hec.restart();
    pass(5000);
    expect(poll([0])).toEqual({ 0: false });
  });

  it('can answer barely, without an ackId, or never', () => {
    expect(acked({ ackReply: 'bare' }).send(good).json).toEqual({ ackId: 0 });
    expect(acked({ ackReply: 'none' }).send(good).json).toEqual({ text: 'Success', code: 0 });
    const never = acked({ ackNever: true });
    never.send(good);
    never.pass(500_000);
    expect(never.poll([0])).toEqual({ 0: false });
  });

  it('answers 14 on a token without acks', () => {
    expect(sender().send('{"acks":[0]}', {}, '/services/collector/ack')).toMatchObject({
      status: 400,
      json: { code: 14 },
    });
  });
});
