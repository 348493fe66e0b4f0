// Histories of an earlier release, replayed with the present workflows: what runs somewhere must go on after an upgrade.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareReplay, SILENT, type Replay } from '../support/replay.ts';
import { arrive, FEED, HEC_TOKEN, MISP_KEY, MORE_THAN_A_PAGE, recordedData, ROUNDS } from './recorded-data.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Json {
  events: Record<string, Record<string, unknown> | undefined>[];
}

/** The present workflows, copied to where `edit` may change one file: nothing else differs. */
async function bundleWith(name: string, edit: (text: string) => string): Promise<WorkflowBundleOption> {
  const folder = here(`../../data/replay-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    cpSync(here('../../workflows'), join(folder, 'workflows'), { recursive: true });
    cpSync(here('../../src/core'), join(folder, 'src/core'), { recursive: true });
    const path = join(folder, 'workflows', name);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    return await bundleWorkflowCode({
      workflowsPath: join(folder, 'workflows/index.ts'),
      payloadConverterPath: join(folder, 'workflows/payload-converter.ts'),
      logger: SILENT,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const names = readdirSync(here('histories'))
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));
const textOf = (name: string): string => readFileSync(here(`histories/${name}.json`), 'utf8');
const load = (name: string): Json => JSON.parse(textOf(name)) as Json;
const workflowOf = (name: string): string => (name === 'backfill' ? `backfill/${FEED}/past` : `sync/${FEED}`);
const has = (name: string, attributes: string): boolean => load(name).events.some((event) => event[attributes]);

let replayWorkflow: Replay;
const replay = (name: string, history: unknown, bundle?: WorkflowBundleOption): Promise<void> =>
  replayWorkflow(workflowOf(name), history, bundle);

beforeAll(async () => {
  replayWorkflow = await prepareReplay();
});

describe('the recorded histories', () => {
  it('are all there, and show what their names say', () => {
    expect(names.sort()).toEqual(
      ['after-continue-as-new', 'backfill', 'blocked', 'commands', 'continue-as-new', 'idle', 'in-a-page'].sort(),
    );
    expect(load('continue-as-new').events.at(-1)).toHaveProperty('workflowExecutionContinuedAsNewEventAttributes');
    expect(load('after-continue-as-new').events[0]).toMatchObject({
      workflowExecutionStartedEventAttributes: { initiator: 'CONTINUE_AS_NEW_INITIATOR_WORKFLOW' },
    });
    expect(has('commands', 'startChildWorkflowExecutionInitiatedEventAttributes')).toBe(true);
    expect(has('commands', 'workflowExecutionUpdateAcceptedEventAttributes')).toBe(true);
    expect(has('blocked', 'activityTaskFailedEventAttributes')).toBe(true);
    expect(load('backfill').events.at(-1)).toHaveProperty('workflowExecutionCompletedEventAttributes');
    const { events } = load('in-a-page');
    const scheduled = events.filter(
      ({ activityTaskScheduledEventAttributes: of }) =>
        (of?.['activityType'] as { name: string } | undefined)?.name === 'deliver',
    );
    const completed = events.map(({ activityTaskCompletedEventAttributes: of }) => of?.['scheduledEventId']);
    expect(completed).not.toContain(scheduled.at(-1)?.['eventId']);
  });

  it.each(names)('%s can be read as protojson', (name) => {
    const history = historyFromJSON(load(name));
    expect(history.events).toHaveLength(load(name).events.length);
    expect(history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name).toBe(
      name === 'backfill' ? 'backfillFeed' : 'syncFeed',
    );
  });

  it.each(names)('%s is replayed by the present workflows', (name) => replay(name, load(name)));

  it('hold neither threat data nor credentials', () => {
    const data = recordedData();
    for (let round = 0; round < ROUNDS; round++) arrive(data, round, MORE_THAN_A_PAGE);
    const secret = new Set([MISP_KEY, HEC_TOKEN]);
    for (const { value, event, comment } of data.byId.rows()) {
      // Parts of composite values too; what is short may stand anywhere by chance.
      for (const text of [value, ...value.split('|'), event.info, comment]) if (text.length > 6) secret.add(text);
    }
    expect(secret.size).toBeGreaterThan(5_000);
    for (const name of names) {
      const text = [...textsOf(load(name))].join('\n');
      expect(text).toContain('fetch'); // the look-up looks at something
      expect([...secret].filter((one) => text.includes(one))).toEqual([]);
    }
  }, 120_000);
});

/** Every text of a history, and what its payloads hold. */
function* textsOf(node: unknown): Generator<string> {
  if (typeof node === 'string') yield node;
  if (typeof node !== 'object' || node === null) return;
  if ('data' in node && 'metadata' in node && typeof node.data === 'string')
    yield unescaped(Buffer.from(node.data, 'base64').toString());
  for (const value of Object.values(node)) yield* textsOf(value);
}

/** JSON writes some characters with a backslash. */
const unescaped = (text: string): string =>
  text.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\');

describe('a change that a running feed would not survive', () => {
  const broken = (name: string, history: unknown, bundle?: WorkflowBundleOption) =>
    expect(replay(name, history, bundle)).rejects.toBeInstanceOf(DeterminismViolationError);

  it('is noticed when two commands change places', { timeout: 120_000 }, async () => {
    const bundle = await bundleWith('feed.ts', (text) => {
      const lines = text.split('\n');
      const read = lines.findIndex((line) => line.includes('= this.read(this.state.reading!, wanted);'));
      const watch = lines.findIndex((line) => line.includes('let stopWatch = this.ports.watch('));
      expect([read > 0, watch > 0], 'the lines of feed.ts that this test swaps').toEqual([true, true]);
      [lines[read], lines[watch]] = [lines[watch]!, lines[read]!];
      return lines.join('\n');
    });
    for (const name of ['idle', 'in-a-page']) await broken(name, load(name), bundle);
  });

  it('is not imagined: the same copy without a change replays', { timeout: 120_000 }, async () => {
    await replay('in-a-page', load('in-a-page'), await bundleWith('feed.ts', (text) => text));
  });

  it('is noticed when an activity is another one', async () => {
    const history = load('idle');
    const first = history.events.find(({ activityTaskScheduledEventAttributes: of }) =>
      JSON.stringify(of ?? {}).includes('"fetch"'),
    );
    first!['activityTaskScheduledEventAttributes']!['activityType'] = { name: 'translate' };
    await broken('idle', history);
  });
});
