import { describe, expect, it } from 'vitest';
import { hecFaults, type HecFault, type HecFaultName } from '../../../simulators/hec/fault-table.ts';
import { startHec } from '../../../simulators/hec/server.ts';
import { envelope, sender } from './ask.ts';

const three = [envelope('a'), envelope('b'), envelope('c')].join('\n');

describe('faults', () => {
  it.each<[HecFaultName, Partial<HecFault>, number, number | undefined, number | undefined, number]>([
    ['busy', {}, 503, 9, undefined, 0],
    ['busy', { n: 0 }, 503, 9, 0, 0],
    ['busy', { taken: 2 }, 503, 9, 2, 2],
    ['internal error', {}, 500, 8, undefined, 0],
    ['internal error after taking', {}, 500, 8, undefined, 3],
    ['shutting down', {}, 503, 23, undefined, 0],
    ['queue warning', {}, 200, 24, undefined, 3],
    ['ack warning', {}, 200, 25, undefined, 3],
    ['queue full', {}, 429, 26, undefined, 0],
    ['ack channel full', {}, 429, 27, undefined, 0],
    ['token disabled', {}, 403, 1, undefined, 0],
    ['token unknown', {}, 403, 4, undefined, 0],
    ['not found', {}, 404, 404, undefined, 0],
    ['request timeout', {}, 408, undefined, undefined, 0],
    ['too large', {}, 413, undefined, undefined, 0],
    ['unsupported media', {}, 415, undefined, undefined, 0],
    ['bad gateway', {}, 502, undefined, undefined, 0],
    ['gateway timeout', {}, 504, undefined, undefined, 0],
    ['gateway timeout after taking', {}, 504, undefined, undefined, 3],
    ['success as html', {}, 200, undefined, undefined, 0],
  ])('%s %o', (name, plan, status, code, n, indexed) => {
    const { hec, send } = sender();
    hec.fail(name, { next: 1, retryAfter: 7, ...plan });
    const answer = send(three);
    expect(answer.status).toBe(status);
    expect(answer.json['code']).toBe(code);
    expect(answer.json['invalid-event-number']).toBe(n);
    expect(answer.reply.headers['Retry-After']).toBe('7');
    expect(hec.counts().events).toBe(indexed);
    expect(send(three).json).toMatchObject({ code: 0 });
  });

  it('lasts until it is cleared, skips, and can be meant for the ack path', () => {
    const { hec, send } = sender({ switches: { useAck: true } });
    hec.fail('busy', { skip: 1 });
    expect([send(three), send(three), send(three)].map(({ status }) => status)).toEqual([200, 503, 503]);
    hec.faults.clear();
    hec.fail('gateway timeout', { path: '/ack', next: 1 });
    expect(send(three).status).toBe(200);
    expect(send('{"acks":[0]}', {}, '/services/collector/ack').status).toBe(504);
  });

  it('loses a reply to an ack poll, and the true with it', () => {
    const { hec, send } = sender({ switches: { useAck: true, ackDelayMs: 0 } });
    send(three);
    hec.fail('drop after taking', { path: '/ack', next: 1 });
    expect(send('{"acks":[0]}', {}, '/services/collector/ack').reply.transport).toBe('drop');
    expect(send('{"acks":[0]}', {}, '/services/collector/ack').json).toEqual({ acks: { 0: false } });
  });
});

describe('other paths and methods', () => {
  const request = (method: string, path: string) => {
    const { hec } = sender();
    const reply = hec.handle({ method, path, headers: { 'user-agent': 'x' }, body: '' });
    return { status: reply.status, body: reply.body, allow: reply.headers['Allow'] };
  };
  it.each([
    ['GET', '/services/collector/health', 200, '"code":17'],
    ['GET', '/services/collector/health/1.0', 200, 'HEC is healthy'],
    ['POST', '/services/nope', 404, '"code":404'],
    ['GET', '/services/collector/event', 405, '"code":404'],
  ])('%s %s', (method, path, status, text) => {
    expect(request(method, path)).toMatchObject({ status, body: expect.stringContaining(text) as string });
  });
  it('OPTIONS needs no token', () => {
    expect(request('OPTIONS', '/services/collector/event')).toEqual({ status: 200, body: '', allow: 'POST,OPTIONS' });
    expect(request('OPTIONS', '/services/collector/health').allow).toBe('GET,HEAD,OPTIONS');
  });
  it.each([18, 19, 20, 23] as const)('health %i', (health) => {
    const { hec } = sender({ switches: { health } });
    const reply = hec.handle({
      method: 'GET',
      path: '/services/collector/health',
      headers: { 'user-agent': 'x' },
      body: '',
    });
    expect(reply).toMatchObject({ status: 503, body: expect.stringContaining(`"code":${health}`) as string });
  });
});

describe('truth', () => {
  it('knows duplicates and the last state of each attribute', () => {
    const { hec, send } = sender();
    const one = (delivery_id: string, action: string, seq: number): string =>
      envelope({ action, seq, value: '192.0.2.1', attribute_time: 5 }, { fields: { delivery_id, misp_uuid: 'u1' } });
    send([one('d1', 'upsert', 1), one('d2', 'withdraw', 2), one('d1', 'upsert', 1), envelope('other')].join('\n'));
    const truth = hec.truth();
    expect(truth).toMatchObject({
      events: 4,
      deliveries: 2,
      duplicates: 1,
      foreign: 1,
      attributes: 1,
      upserts: 1,
      repeated: { d1: 2 },
    });
    expect(truth.byUuid['u1']).toMatchObject({
      action: 'upsert',
      seq: 1,
      value: '192.0.2.1',
      attribute_time: 5,
      events: 3,
    });
    expect(hec.store.count('d2')).toBe(1);
    expect(hec.store.events).toHaveLength(4);
  });
});

describe('on sockets', () => {
  const post = async (url: string, token: string, body = three): Promise<Response> =>
    fetch(`${url}/services/collector/event`, { method: 'POST', headers: { Authorization: `Splunk ${token}` }, body });

  it('answers, drops, cuts and takes orders over the control API', async () => {
    const running = await startHec();
    try {
      expect(await (await post(running.url, running.token)).json()).toEqual({ text: 'Success', code: 0 });
      const dropped: [HecFaultName, number][] = [
        ['drop before read', 3],
        ['drop mid body', 3],
        ['drop without taking', 3],
        ['drop after taking', 6],
        ['cut reply after taking', 9],
      ];
      for (const [name, events] of dropped) {
        running.hec.fail(name, { next: 1 });
        await expect(
          post(running.url, running.token).then((reply) => reply.text()),
          name,
        ).rejects.toThrow();
        expect(running.hec.counts().events, name).toBe(events);
      }
      const control = (path: string, body?: object): Promise<unknown> =>
        fetch(`${running.url}/_control/${path}`, body ? { method: 'POST', body: JSON.stringify(body) } : {}).then((r) =>
          r.json(),
        );
      await control('fail', { name: 'busy', next: 1, taken: 1 });
      expect((await post(running.url, running.token)).status).toBe(503);
      expect(await control('counts')).toMatchObject({ events: 10 });
      expect(await control('switches', { token: 'disabled' })).toMatchObject({ token: 'disabled' });
      expect((await post(running.url, running.token)).status).toBe(403);
      expect(await control('truth')).toMatchObject({ events: 10, byUuid: {} });
    } finally {
      await running.close();
    }
  });

  it('speaks HTTP/1.0 and closes when the client names itself not (T11)', async () => {
    const { connect } = await import('node:net');
    const running = await startHec();
    try {
      const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
      socket.write('GET /services/collector/health HTTP/1.1\r\nHost: x\r\n\r\n');
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect(text).toMatch(/^HTTP\/1\.0 200/);
      expect(text).toContain('Connection: close');
    } finally {
      await running.close();
    }
  });
});

it('tests every fault of the table but the hanging ones', () => {
  expect(Object.keys(hecFaults).filter((name) => !name.startsWith('hang'))).toHaveLength(23);
});
