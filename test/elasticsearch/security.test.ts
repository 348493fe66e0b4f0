// Who we are and what we may, with security on. What the minimal distribution cannot make (API keys) is played by the simulator.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { elasticsearch } from '../../src/destinations/elasticsearch.ts';
import { aliasOf, indexOf } from '../../src/destinations/elasticsearch/names.ts';
import { batchOf, carry, upsertOf } from '../contract/harness/carry.ts';
import { testContext } from '../contract/harness/harness.ts';
import { type EsWorld, esWorld } from '../support/es-world.ts';
import { until } from '../support/e2e/until.ts';
import { FileRealm } from '../support/file-realm.ts';
import { basic, realElasticsearch, send } from '../support/real-elasticsearch.ts';

const secured = realElasticsearch?.access.password === undefined ? null : realElasticsearch;
/** Its folder `config`, where users and roles are files: the minimal distribution keeps none of its own. */
const config = process.env['ELASTICSEARCH_TEST_CONFIG'];
const PASSWORD = 'a-password-of-the-test';
const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const request = { dryRun: false, takeOver: false, longestLife: null };

let world: EsWorld;
let people: FileRealm;
beforeAll(() => {
  if (config !== undefined) people = new FileRealm(config);
});
afterEach(() => world?.close());
afterAll(() => people?.close());

/** Someone with this role alone, before the same names. */
async function someone(role: object): Promise<ReturnType<typeof elasticsearch.create>> {
  const name = `user-of-${world.namespace}`;
  people.add(name, PASSWORD, role);
  // The files are looked at every five seconds.
  await until('the role is known', async () => {
    const { status, json } = await send(
      { url: secured!.url, headers: basic(name, PASSWORD) },
      'POST',
      '/_security/user/_has_privileges',
      question(role),
    );
    return status === 200 && json['has_all_requested'] === true ? true : null;
  });
  const given = { url: secured!.url, username: name, password: PASSWORD, namespace: world.namespace };
  return elasticsearch.create(elasticsearch.options.parse(given), testContext());
}

const question = ({ cluster = [], indices = [] }: { cluster?: string[]; indices?: object[] }): object => ({
  cluster,
  index: indices,
});

describe.skipIf(!secured || config === undefined)('a real Elasticsearch with security', () => {
  it('a wrong password: blocked, and the password is in no message', async () => {
    world = await esWorld(secured!);
    const given = { url: secured!.url, username: 'elastic', password: 'not-the-right-one', namespace: world.namespace };
    const destination = elasticsearch.create(elasticsearch.options.parse(given), testContext());
    const { error } = await carry(destination, batchOf(destination, [upsertOf(1)]));
    expect(error).toMatchObject({ kind: 'permanent', code: 'ELASTICSEARCH_AUTH' });
    expect((error as Error).message).not.toContain('not-the-right-one');
    expect(await destination.check(signal())).toMatchObject({ ok: false, code: 'ELASTICSEARCH_AUTH' });
    expect(await destination.install!(request, signal())).toMatchObject({ problem: { code: 'ELASTICSEARCH_AUTH' } });
    await destination.close();
  });

  it('a role that may only read: forbidden, and the privileges are named', async () => {
    world = await esWorld(secured!);
    const names = [indexOf(world.namespace), aliasOf(world.namespace)];
    const reader = await someone({ indices: [{ names, privileges: ['read', 'view_index_metadata'] }] });
    const { error } = await carry(reader, batchOf(reader, [upsertOf(1)]));
    expect(error).toMatchObject({ kind: 'permanent', code: 'ELASTICSEARCH_FORBIDDEN' });
    const { ok, message } = await reader.check(signal());
    expect(ok).toBe(false);
    expect(message).toContain(`index, delete on ${aliasOf(world.namespace)}`);
    await reader.close();
  });

  it('the least that the page says is enough to deliver', async () => {
    world = await esWorld(secured!);
    const privileges = ['index', 'delete', 'view_index_metadata'];
    const writer = await someone({ indices: [{ names: [aliasOf(world.namespace)], privileges }] });
    const { error, saved } = await carry(writer, batchOf(writer, [upsertOf(1)]));
    expect({ error, rejected: saved.rejected }).toEqual({ error: null, rejected: [] });
    expect((await world.documents()).size).toBe(1);
    await writer.close();
  });

  it('install: what is missing is named with a role, and with that role it goes', async () => {
    world = await esWorld(secured!, {}, { installed: false });
    const names = [indexOf(world.namespace), aliasOf(world.namespace)];
    const helpless = await someone({ indices: [{ names, privileges: ['read'] }] });
    const { problem, assets } = await helpless.install!(request, signal());
    expect(problem).toMatchObject({ code: 'ELASTICSEARCH_FORBIDDEN' });
    expect(assets).toEqual([]);
    const [, role] = /misp-relay (\{.*\})$/.exec(problem!.message) ?? [];
    await helpless.close();
    const helped = await someone(JSON.parse(role!) as object);
    expect((await helped.install!(request, signal())).problem).toBeNull();
    const { error } = await carry(helped, batchOf(helped, [upsertOf(1)]));
    expect(error).toBeNull();
    expect((await world.documents()).size).toBe(1);
    await helped.close();
  });
});
