// What preview prints is what is sent: the command against the simulated MISP, then the real activities, then the bytes compared.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Row } from '../../../simulators/misp/model.ts';
import { createLog } from '../../../src/log.ts';
import { createRuntime } from '../../../src/runtime.ts';
import { World, type WorldOptions } from '../../support/check-world.ts';
import { pollOnce, type Polled } from '../../support/relay-poll.ts';
import { misprelay } from '../commands/cli.ts';

interface Document {
  feed: string;
  sent: { uuid: string; line: string }[];
  leftOut: { uuid: string; rule: string }[];
  differs: string[];
  notes: string[];
}

let world: World;
afterEach(() => world?.close());
const open = async (options: WorldOptions = {}): Promise<World> => (world = await World.open(options));

async function preview(...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await misprelay(['preview', '--json', ...args], { cwd: world.folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

async function poll(from?: Polled['cursor']): Promise<Polled> {
  const runtime = await createRuntime(world.config, createLog('silent'));
  return pollOnce(runtime, 'all', from).finally(() => runtime.close());
}

/** The lines that came to the HEC, by the uuid of their attribute; of several the last. */
function postedLines(): Map<string, string> {
  const lines = world.posted.flatMap(({ headers, body }) => {
    const bytes = Buffer.from(body);
    return (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean);
  });
  return new Map(lines.map((line) => [(JSON.parse(line) as { fields: { misp_uuid: string } }).fields.misp_uuid, line]));
}

/** The places that were named get one value in both; everything else must be the same, byte for byte. */
function levelled(line: string, places: readonly string[]): string {
  let text = line;
  for (const place of places) {
    const pattern = new RegExp(`"${place.split('.').at(-1)}":\\d+`, 'g');
    expect(text.match(pattern), place).toHaveLength(1);
    text = text.replace(pattern, `"${place}":*`);
  }
  return text;
}

/** Names and contents of everything in the folder. */
function everything(): Record<string, string> {
  const files = readdirSync(world.folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]));
}

const counted = (rules: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const rule of rules) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
};

const seqOf = (line: string): number => (JSON.parse(line) as { event: { seq: number } }).event.seq;

const rowsIn = ({ misp }: World): Row[] => [...misp.data.byId.rows()];

describe('byte for byte', () => {
  it.each([
    { what: 'as it is', feed: {}, differs: ['event.observed_time', 'event.seq'] },
    {
      what: 'time observed, other fields, a module',
      destination: { time: 'observed', host: 'relay-7', source: 'mine' },
      feed: {
        translate: {
          module: './mapping.ts',
          rename: { observed_time: 'seen_at' },
          drop: ['comment', 'link'],
          constants: { environment: 'prod' },
        },
      },
      differs: ['event.seen_at', 'event.seq', 'time'],
    },
    {
      what: 'a filter',
      feed: { filter: { toIds: true, types: ['ip-*', 'domain', 'url', 'md5'], maxTlp: 'green' } },
      differs: ['event.observed_time', 'event.seq'],
    },
  ])('$what', async ({ feed, differs, destination }) => {
    await open({ attributes: 300, feeds: { all: { since: 0, ...feed } }, ...(destination ? { destination } : {}) });
    writeFileSync(
      join(world.folder, 'mapping.ts'),
      `export default (record, { body }) => ({ ...body, shout: record.value.toUpperCase() });\n`,
    );
    const before = everything();
    const shown = await preview('--limit', '1000');
    expect(everything()).toEqual(before);
    expect(world.posted).toEqual([]);
    expect(shown.differs).toEqual(differs);
    expect(shown.sent.length).toBeGreaterThan(5);

    const polled = await poll();
    const lines = postedLines();
    expect(shown.sent.length).toBe(polled.confirmed);
    expect(shown.sent.length).toBe(lines.size);
    for (const { uuid, line } of shown.sent) expect(levelled(line, differs)).toBe(levelled(lines.get(uuid)!, differs));
    // A poll reads some rows in two of its passes, and counts them twice.
    const rules = counted(shown.leftOut.map(({ rule }) => rule));
    expect(Object.keys(rules).sort()).toEqual(Object.keys(polled.filtered).sort());
    for (const [rule, n] of Object.entries(rules)) expect(n).toBeLessThanOrEqual(polled.filtered[rule]!);
    const live = rowsIn(world).filter(({ deleted, event }) => !deleted && event.visible);
    expect(shown.sent.length + shown.leftOut.length).toBe(live.length);
  });
});

describe('what is left out, and why', () => {
  it('confirmed, edited, deleted, dead letters, hidden by MISP: by the ledger and by uuid; nothing is touched', async () => {
    await open({
      feeds: { all: { since: 0, filter: { maxTlp: 'off', restSearch: { category: 'Network activity' } } } },
    });
    const { data } = world.misp;
    const event = data.insertEvent({ timestamp: 1_700_000_000, published: true });
    const add = (value: string, category = 'Network activity'): Row =>
      data.addAttribute(event, { type: 'domain', category, value });
    const [kept, edited, gone, never] = [
      add('kept.example'),
      add('edited.example'),
      add('gone.example'),
      add('never.example'),
    ];
    const elsewhere = add('elsewhere.example', 'Payload delivery');
    const huge = data.addAttribute(event, { type: 'text', category: 'Network activity', value: 'x'.repeat(1_100_000) });
    data.deleteAttribute(never);
    const { cursor } = await poll();
    data.editAttribute(edited, { comment: 'seen again' });
    data.deleteAttribute(gone);

    const absent = '00000000-0000-4000-8000-000000000000';
    const uuids = [kept, edited, gone, never, elsewhere, huge].map(({ uuid }) => uuid);
    const before = everything();
    const shown = await preview('--uuid', ...uuids, absent.toUpperCase());
    expect(everything()).toEqual(before);
    expect(shown.sent.map(({ uuid }) => uuid)).toEqual([edited.uuid, gone.uuid]);
    const action = ({ line }: { line: string }) => (JSON.parse(line) as { event: { action: string } }).event.action;
    expect(shown.sent.map(action)).toEqual(['upsert', 'withdraw']);
    const rules = new Map(shown.leftOut.map(({ uuid, rule }) => [uuid, rule]));
    expect(rules.get(kept.uuid)).toMatch(/^unchanged: confirmed at 20\d\d-.*Z$/);
    expect(rules.get(never.uuid)).toMatch(/^deleted: it is not at the destination/);
    expect(rules.get(elsewhere.uuid)).toMatch(/^restSearch or eventIds: /);
    expect(rules.get(huge.uuid)).toBe('unchanged: it is a dead letter in this form');
    expect(rules.get(absent)).toBe('MISP does not show it to this key');
    expect(rules.size).toBe(5);

    const again = await preview('--redeliver', '--uuid', kept.uuid, huge.uuid);
    expect(again.sent.map(({ uuid }) => uuid)).toEqual([kept.uuid]);
    expect(again.leftOut).toEqual([
      { uuid: huge.uuid, rule: expect.stringMatching(/^dead letter RECORD_TOO_LARGE: /) as string },
    ]);

    world.posted.length = 0;
    await poll(cursor);
    const lines = postedLines();
    for (const { uuid, line } of shown.sent) {
      const places = shown.differs.filter((place) => place !== 'time');
      const same = (text: string): string => levelled(text, places).replace(/^\{"time":\d+/, '{"time":*');
      expect(same(line)).toBe(same(lines.get(uuid)!));
    }
    const settled = await preview('--limit', '3');
    expect(settled.sent).toEqual([]);
    expect(settled.leftOut.length).toBeGreaterThan(0);
    expect(settled.leftOut.every(({ rule }) => rule.startsWith('unchanged: '))).toBe(true);
    expect(settled.notes.join()).toContain('would be sent (--redeliver shows what is confirmed)');

    // A clock of MISP that goes back does not make new readings old ones.
    world.misp.switches.clockSkew = -7_200;
    data.editAttribute(kept, { comment: 'once more' });
    const [line] = (await preview('--uuid', kept.uuid)).sent;
    expect(seqOf(line!.line)).toBeGreaterThan(seqOf(lines.get(gone.uuid)!));
  });

  it('a row that cannot be read would be a dead letter', async () => {
    await open({
      feeds: { all: { since: 0, filter: { maxTlp: 'off' } } },
      proxy: (reply, { path }) =>
        path.includes('restSearch')
          ? { ...reply, body: String(reply.body).replace(/"type": ?"[^"]*"/, '"type":null') }
          : reply,
    });
    const { sent, leftOut } = await preview('--limit', '2');
    expect(sent).toHaveLength(2);
    expect(leftOut).toEqual([
      { uuid: expect.any(String) as string, rule: 'dead letter ROW_MALFORMED: Attribute.type is missing.' },
    ]);
  });

  it('lines on stdout, the rest on stderr; what is older than since is said', async () => {
    await open({ feeds: { all: { since: 0, filter: { maxTlp: 'off' } } } });
    const plain = await misprelay(['preview', 'all', '--limit', '2'], { cwd: world.folder });
    expect(plain.code).toBe(0);
    expect(
      plain.stdout
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object)[0]),
    ).toEqual(['time', 'time']);
    expect(plain.stderr).toContain('event.observed_time, event.seq');
    expect(plain.stderr).toContain('There is no store yet');
    world.write({ feeds: { all: { source: 'main', destination: 'splunk', since: '10s', filter: { maxTlp: 'off' } } } });
    const late = await preview();
    expect(late.sent).toHaveLength(5);
    expect(late.notes.join()).toMatch(/5 of the lines are older than since/);
  });

  it('MISP refuses the key: one sentence, exit 1', async () => {
    await open({ misp: { keyValid: false } });
    const { code, stdout, stderr } = await misprelay(['preview'], { cwd: world.folder });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^\S+ rejected the MISP key .*\[MISP_KEY_REJECTED\]\n$/);
  });
});
