import { describe, expect, it } from 'vitest';
import { mispFaults, type MispFaultName } from '../../../simulators/misp/fault-table.ts';
import { startMisp } from '../../../simulators/misp/server.ts';
import { ask, get, ids, now, post, still } from './ask.ts';

const three = (options: Parameters<typeof still>[0] = {}) => {
  const made = still(options);
  const event = made.data.insertEvent();
  for (let i = 0; i < 3; i++) made.data.insertAttribute(event);
  return { ...made, event };
};
const all = { order: 'Attribute.id asc', limit: 10 };

describe('refusals (misp-api 8, misp-live 5)', () => {
  it('takes the key, bare or in X-MISP-AUTH, until it is revoked', () => {
    const { misp } = three();
    const path = '/attributes/restSearch';
    expect(post(misp, path, all).status).toBe(200);
    expect(post(misp, path, all, { authorization: '', 'x-misp-auth': misp.key }).status).toBe(403);
    expect(post(misp, path, all, { authorization: `Bearer ${misp.key}` }).status).toBe(403);
    expect(post(misp, path, all, { authorization: 'x', accept: '*/*' }).headers['Content-Type']).toContain('html');
    misp.switches.keyValid = false;
    expect(JSON.parse(post(misp, path, all).body)).toMatchObject({
      name: expect.stringMatching(/^Authentication failed/) as string,
      url: path,
    });
  });

  it('redirects in maintenance, but not a bad key', () => {
    const { misp } = three({ switches: { maintenance: true } });
    expect(ask(misp, all)).toMatchObject({ status: 302, headers: { Location: '/users/login' } });
    expect(post(misp, '/attributes/restSearch', all, { authorization: 'x' }).status).toBe(403);
    expect(get(misp, '/users/login').status).toBe(200);
  });

  it('limits the rate in fixed windows', () => {
    const { misp, tick } = three({ switches: { rateLimit: 2 } });
    expect(ask(misp, all).headers).toMatchObject({
      'X-Rate-Limit-Limit': '2',
      'X-Rate-Limit-Remaining': '1',
      'X-Rate-Limit-Reset': '900',
    });
    tick(100);
    ask(misp, all);
    const refused = ask(misp, all);
    expect(refused).toMatchObject({
      status: 429,
      headers: { 'X-Rate-Limit-Remaining': '0', 'X-Rate-Limit-Reset': '800' },
    });
    expect(refused.headers).not.toHaveProperty('Retry-After');
    expect(get(misp, '/servers/getVersion').status).toBe(200);
    tick(800);
    expect(ask(misp, all).status).toBe(200);
    misp.switches.rateLimit = 0;
    expect(ask(misp, all).status).toBe(405);
  });

  it('fails on a poison row, on pages that are too large, and in the events scope with 200 and broken JSON', () => {
    const { misp, data } = three();
    const row = data.byId.rows()[1]!;
    data.mark(row, { poison: true });
    expect(ask(misp, all).status).toBe(500);
    expect(ids(ask(misp, { ...all, limit: 1 }))).toEqual([1]);
    data.insertEvent();
    const events = post(misp, '/events/restSearch', { limit: 5 });
    expect(events.status).toBe(200);
    expect(() => JSON.parse(events.body) as unknown).toThrow(SyntaxError);
    data.mark(row, { poison: false });
    misp.switches.tooManyRows = 2;
    expect([1, 2, 3].map((limit) => ask(misp, { ...all, limit }).status)).toEqual([200, 200, 500]);
  });
});

describe('faults', () => {
  it.each<[MispFaultName, number, RegExp, string]>([
    ['maintenance', 302, /^$/, 'whole'],
    ['login page', 200, /<form/, 'whole'],
    ['key rejected', 403, /Authentication failed/, 'whole'],
    ['not found', 404, /Not Found/, 'whole'],
    ['rate limited', 429, /Rate limit exceeded/, 'whole'],
    ['internal error', 500, /An Internal Error/, 'whole'],
    ['bad gateway', 502, /<html>/, 'whole'],
    ['unavailable', 503, /<html>/, 'whole'],
    ['gateway timeout', 504, /<html>/, 'whole'],
    ['html with 200', 200, /<html>/, 'whole'],
    ['broken json', 200, /^\{"response".*[^}\n]$/, 'whole'],
    ['list instead of object', 200, /^\[\]$/, 'whole'],
    ['object instead of list', 200, /"Attribute": \{\}/, 'whole'],
    ['null instead of object', 200, /^null$/, 'whole'],
    ['empty body', 200, /^$/, 'whole'],
    ['no rows', 200, /"Attribute": \[\]/, 'whole'],
    ['cut body', 200, /^\{"response"/, 'cut'],
    ['chunked', 200, /^\{"response"/, 'chunked'],
    ['chunked cut', 200, /^\{"response"/, 'chunked cut'],
    ['drop', 200, /^/, 'drop'],
    ['hang', 200, /^/, 'hang'],
  ])('%s', (name, status, body, transport) => {
    const { misp } = three();
    misp.fail(name, { next: 1 });
    expect(get(misp, '/servers/getVersion').status).toBe(200);
    const { reply } = ask(misp, all);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatch(body);
    expect(reply.transport ?? 'whole').toBe(transport);
    if (name === 'rate limited') expect(reply.headers['X-Rate-Limit-Reset']).toBe('5');
    expect(ask(misp, all).rows).toHaveLength(3);
  });

  it('tests every fault of the table', () => {
    expect(Object.keys(mispFaults)).toHaveLength(21);
  });
});

describe('what a client asks at the start', () => {
  it('says version, user and types', () => {
    const { misp } = three({
      switches: { version: '2.5.1', permSync: false, roleLimit: 50, defaultParameters: { type: 'domain' } },
    });
    expect(JSON.parse(get(misp, '/servers/getVersion').body)).toMatchObject({
      version: '2.5.1',
      perm_sync: false,
      uuid: '-',
    });
    expect(JSON.parse(get(misp, '/users/view/me.json').body)).toMatchObject({
      Role: { restsearch_limit_result: '50', enforce_rate_limit: false },
      UserSetting: { default_restsearch_parameters: { type: 'domain' } },
    });
    expect(JSON.parse(get(misp, '/attributes/describeTypes').body)).toMatchObject({
      result: { sane_defaults: { md5: { to_ids: 1 } } },
    });
    expect(post(misp, '/user_settings/getSetting', { setting: 'default_restsearch_parameters' }).status).toBe(200);
    expect(get(misp, '/nope').status).toBe(404);
    misp.switches.clockSkew = 60;
    expect(Date.parse(get(misp, '/servers/getVersion').headers['Date']!) / 1000).toBe(now + 60);
  });
});

describe('events', () => {
  it('lists them with an ETag and 304, without protected ones', () => {
    const { misp, data } = three();
    data.insertEvent({ protected: true });
    const index = (headers: Record<string, string> = {}) =>
      post(misp, '/events/index', { minimal: 1, sort: 'id', direction: 'asc' }, headers);
    expect(JSON.parse(index().body)).toEqual([
      expect.objectContaining({ id: '1', published: false, timestamp: String(now) }),
    ]);
    expect(index().headers['X-Result-Count']).toBe('2');
    expect(index().headers).not.toHaveProperty('ETag');
    const etag = index({ 'if-none-match': '' }).headers['ETag']!;
    expect(index({ 'if-none-match': etag.replace(/"$/, '-gzip"') })).toMatchObject({ status: 304, body: '' });
    data.tagEvent(data.event(1)!, 'new');
    expect(index({ 'if-none-match': etag }).status).toBe(304);
    data.publish(data.event(1)!);
    expect(index({ 'if-none-match': etag }).status).toBe(200);
  });

  it('gives whole events', () => {
    const { misp, event, data } = three();
    const object = data.insertObject(event);
    data.insertAttribute(event, { object, type: 'md5' });
    const view = JSON.parse(get(misp, `/events/view/${event.uuid}`).body) as {
      Event: { Attribute: []; Object: { Attribute: [] }[] };
    };
    expect(view.Event.Attribute).toHaveLength(3);
    expect(view.Event.Object[0]!.Attribute).toHaveLength(1);
    expect(get(misp, '/events/view/99').status).toBe(404);
    const found = post(misp, '/events/restSearch', { type: 'md5', limit: 1, page: 2 });
    expect(found).toMatchObject({ body: '{"response": []}', headers: { 'X-Result-Count': '1' } });
    expect(JSON.parse(post(misp, '/events/restSearch', { type: 'md5', limit: 1 }).body)).toMatchObject({
      response: [{ Event: { id: '1' } }],
    });
  });
});

describe('events, filtered (misp-live 6)', () => {
  const world = () => {
    const made = still();
    const { data } = made;
    const first = data.insertEvent({ tags: ['tlp:green'], published: true });
    const second = data.insertEvent();
    const object = data.insertObject(second);
    data.insertAttribute(first, { type: 'attachment', value: 'a.txt', data: 'YQ==', toIds: false });
    data.insertAttribute(first, { tags: ['tlp:red'] });
    data.insertAttribute(second, { object, tags: ['tlp:green'] });
    const search = (body: object) => {
      const { headers, body: text } = post(made.misp, '/events/restSearch', { ...body, order: 'id asc' });
      const { response } = JSON.parse(text) as { response: { Event: Record<string, unknown> }[] };
      return { headers, events: response.map(({ Event }) => Event) };
    };
    return search;
  };
  const idsOf = ({ events }: { events: Record<string, unknown>[] }): unknown[] => events.map(({ id }) => id);

  it('published: false is a filter here, but not in the count', () => {
    const answer = world()({ published: false });
    expect(idsOf(answer)).toEqual(['2']);
    expect(answer.headers['X-Result-Count']).toBe('2');
  });
  it('event_tags looks at the event alone, tags at its attributes too', () => {
    expect(idsOf(world()({ event_tags: 'tlp:green' }))).toEqual(['1']);
    expect(idsOf(world()({ tags: 'tlp:green' }))).toEqual(['1', '2']);
  });
  it('to_ids thins the attributes, flatten takes them out of objects, attachments come when asked', () => {
    expect(world()({ eventid: 1, to_ids: 1 }).events[0]!['Attribute']).toMatchObject([{ type: 'domain' }]);
    const flat = world()({ eventid: 2, flatten: 1 }).events[0]!;
    expect(flat['Attribute']).toHaveLength(1);
    expect(flat).not.toHaveProperty('Object');
    expect(world()({ eventid: 1, withAttachments: 1 }).events[0]!['Attribute']).toMatchObject([{ data: 'YQ==' }, {}]);
  });
});

describe('the form of what is asked and answered', () => {
  it('takes a form, and refuses bytes that are no UTF-8', () => {
    const { misp, data } = still();
    data.insertAttribute(data.insertEvent());
    data.insertAttribute(data.insertEvent());
    const form = post(misp, '/attributes/restSearch', 'limit=1&unknown=2', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect((JSON.parse(form.body) as { response: { Attribute: [] } }).response.Attribute).toHaveLength(1);
    const headers = { authorization: misp.key, accept: 'application/json', 'content-type': 'application/json' };
    const body = Buffer.from('{"value":"\u00ff"}', 'latin1');
    expect(misp.handle({ method: 'POST', path: '/attributes/restSearch', headers, body }).status).toBe(405);
  });
  it('writes an error as a web page for who does not ask for JSON', () => {
    const { misp } = still();
    const reply = post(misp, '/attributes/restSearch', { timestamp: [1] }, { accept: '*/*' });
    expect(reply).toMatchObject({ status: 500, headers: { 'Content-Type': 'text/html; charset=UTF-8' } });
  });
});

describe('on sockets', () => {
  it('cuts, drops, and takes orders over the control API', async () => {
    const running = await startMisp();
    const search = (): Promise<Response> =>
      fetch(`${running.url}/attributes/restSearch`, {
        method: 'POST',
        redirect: 'manual',
        headers: { Authorization: running.key, 'Content-Type': 'application/json' },
        body: JSON.stringify(all),
      });
    const control = (path: string, body?: object): Promise<unknown> =>
      fetch(`${running.url}/_control/${path}`, body ? { method: 'POST', body: JSON.stringify(body) } : {}).then((r) =>
        r.json(),
      );
    try {
      const uuid = await control('change', { op: 'addEvent', fields: { info: 'made' } });
      const attribute = await control('change', { op: 'addAttribute', event: uuid, fields: { value: 'x.example' } });
      expect(await (await search()).json()).toMatchObject({
        response: { Attribute: [{ uuid: attribute, value: 'x.example' }] },
      });
      for (const name of ['cut body', 'chunked cut', 'drop']) {
        await control('fail', { name, next: 1 });
        await expect(
          search().then((reply) => reply.text()),
          name,
        ).rejects.toThrow();
      }
      await control('fail', { name: 'chunked', next: 1 });
      const chunked = await search();
      expect(chunked.headers.get('content-length')).toBeNull();
      expect(await chunked.json()).toHaveProperty('response');
      await control('switches', { maintenance: true });
      expect((await search()).status).toBe(302);
      await control('switches', { maintenance: false });
      await control('change', { after: 1, changes: [{ op: 'deleteAttribute', attribute, hard: true }] });
      await (await search()).text();
      expect(await control('truth')).toMatchObject({ events: 1, attributes: 0 });
      expect(await control('counts')).toMatchObject({ events: 1, searches: 6 });
      expect(await control('change', { op: 'activity', steps: 2, seed: 1 })).toHaveLength(2);
      expect((await fetch(`${running.url}/_control/change`, { method: 'POST', body: '{"op":"nope"}' })).status).toBe(
        400,
      );
    } finally {
      await running.close();
    }
  });
});
