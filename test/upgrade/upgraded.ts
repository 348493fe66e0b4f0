// The present relay at work on what an older release has left: its store, the same MISP, changed meanwhile, and new, empty HECs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from '../../simulators/compare.ts';
import { startHec, type RunningHec } from '../../simulators/hec/server.ts';
import { type Store as HecStore } from '../../simulators/hec/store.ts';
import type { MispData } from '../../simulators/misp/data.ts';
import { makeAttribute } from '../../simulators/misp/invent.ts';
import type { Row } from '../../simulators/misp/model.ts';
import { startMisp, type RunningMisp } from '../../simulators/misp/server.ts';
import { truthOf } from '../../simulators/misp/truth.ts';
import { seeded } from '../../simulators/random.ts';
import { apply } from '../../src/apply.ts';
import type { Connected } from '../../src/commands/context.ts';
import { command } from '../../src/commands/feed-client.ts';
import { feedStatus, type FeedStatus } from '../../src/commands/status.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { createRuntime, type Runtime } from '../../src/runtime.ts';
import { connectClient, type TemporalTarget } from '../../src/temporal.ts';
import { startWorker, type RunningWorker } from '../../src/worker.ts';
import type { Status } from '../../workflows/feed.ts';
import type { MessageName } from '../../workflows/messages.ts';
import { until } from '../support/e2e/until.ts';
import {
  type ConfigOptions,
  deliveredTo,
  feedNames,
  HEC_TOKEN,
  MISP_KEY,
  sinkOf,
  writeConfig,
  type FeedName,
} from './recorded-world.ts';
import { underWay, type Recording } from './recordings.ts';

/** What happened in MISP while the relay was down, by uuid. */
export interface Meanwhile {
  deleted: string[];
  edited: string[];
  added: string[];
  /** All rows of the events that these belong to: unpublishing an event, as any edit does, makes a new version of its rows. */
  touched: ReadonlySet<string>;
}

export class Upgraded {
  readonly meanwhile: Meanwhile;
  /** Of the delivery that the kill has hit. */
  readonly underWay: ReturnType<typeof underWay>;
  readonly connected: Connected;
  readonly runtime: Runtime;
  private readonly recording: Recording;
  private readonly folder: string;
  private readonly misp: RunningMisp;
  private readonly hecs: Record<FeedName, RunningHec>;
  private readonly worker: RunningWorker;

  private constructor(
    parts: Pick<Upgraded, 'meanwhile' | 'underWay' | 'connected' | 'runtime'>,
    inside: {
      recording: Recording;
      folder: string;
      misp: RunningMisp;
      hecs: Record<FeedName, RunningHec>;
      worker: RunningWorker;
    },
  ) {
    this.meanwhile = parts.meanwhile;
    this.underWay = parts.underWay;
    this.connected = parts.connected;
    this.runtime = parts.runtime;
    this.recording = inside.recording;
    this.folder = inside.folder;
    this.misp = inside.misp;
    this.hecs = inside.hecs;
    this.worker = inside.worker;
  }

  /** Starts it as `apply` and `worker` do. */
  static async start(recording: Recording, target: TemporalTarget, options: ConfigOptions = {}): Promise<Upgraded> {
    const folder = mkdtempSync(join(tmpdir(), 'misp-relay-upgrade-'));
    const storePath = recording.unpack('relay.db', folder);
    const hit = underWay(storePath, 'delivering');
    const data = recording.misp();
    const meanwhile = change(data, recording, hit);
    const misp = await startMisp({ data, key: MISP_KEY });
    const hecs = {} as Record<FeedName, RunningHec>;
    for (const feed of feedNames) hecs[feed] = await startHec({ token: HEC_TOKEN, keepEvents: true });
    const urls = Object.fromEntries(feedNames.map((feed) => [feed, hecs[feed].url])) as Record<FeedName, string>;
    const path = writeConfig(folder, { misp: misp.url, hecs: urls }, recording.about.pausedSince, options);
    const config = loadConfig({ path, env: {}, cwd: folder });
    const log = createLog('silent');
    const runtime = await createRuntime(config, log);
    const client = await connectClient(target);
    // The simulated MISP has another port than the recorded one.
    await apply(client, runtime.store, config, target.taskQueue, { moved: ['misp'], dryRun: false });
    const worker = await startWorker(target, runtime, log);
    const connected = { client, target, uiUrl: null };
    return new Upgraded({ meanwhile, underWay: hit, connected, runtime }, { recording, folder, misp, hecs, worker });
  }

  status(feed: FeedName): Promise<FeedStatus> {
    return feedStatus(this.connected, this.runtime.store, feed);
  }

  command(feed: FeedName, name: MessageName, input?: object): Promise<Status> {
    return command(this.connected, feed, name, input);
  }

  /** The status as soon as it is as wanted. */
  async reaches(feed: FeedName, what: string, wanted: (status: FeedStatus) => boolean): Promise<FeedStatus> {
    let last: FeedStatus | undefined;
    const look = async (): Promise<FeedStatus | null> => {
      last = await this.status(feed);
      return wanted(last) ? last : null;
    };
    return until(`${feed} ${what}`, look, { said: () => last });
  }

  /** Until a whole poll that began after this moment has ended, and no backfill is left. */
  async settled(feed: FeedName): Promise<FeedStatus> {
    await this.reaches(feed, 'runs', ({ mode }) => mode === 'idle' || mode === 'running');
    const { reading, totals } = await this.command(feed, 'poll');
    const polls = totals.polls + (reading ? 2 : 1);
    return this.reaches(
      feed,
      `has made ${polls} polls and is idle`,
      ({ mode, state }) =>
        mode === 'idle' &&
        state!.totals.polls >= polls &&
        !state!.due &&
        state!.queued.length + state!.running.length === 0,
    );
  }

  /** What its old HEC had, and what the new one was given since. */
  sink(feed: FeedName): HecStore {
    return sinkOf(this.recording.delivered(feed), deliveredTo(this.hecs[feed].hec));
  }

  /** What its new HEC was given. */
  given(feed: FeedName): HecStore {
    return this.hecs[feed].hec.store;
  }

  /** What MISP shows, in the last version, and neither HEC nor the dead letters have. */
  async missing(feed: FeedName): Promise<string[]> {
    const letters = await this.runtime.store.listDeadLetters({ feed });
    const aside = new Set(letters.flatMap(({ uuid }) => uuid ?? []));
    return compare(truthOf(this.misp.data), this.sink(feed).truth(), aside).missing;
  }

  /** What its new HEC was given, although the old one had it in this version, confirmed, and nothing has touched it since. */
  needless(feed: FeedName): string[] {
    const { byUuid } = sinkOf(this.recording.delivered(feed)).truth();
    const truth = truthOf(this.misp.data).byUuid;
    return deliveredTo(this.hecs[feed].hec).flatMap(([id, uuid]) => {
      const had = byUuid[uuid];
      if (!had || this.meanwhile.touched.has(uuid) || this.underWay.inDoubt.has(id)) return [];
      const upToDate = truth[uuid]!.deleted ? had.action === 'withdraw' : had.attribute_time === truth[uuid]!.timestamp;
      return upToDate ? [id] : [];
    });
  }

  async close(): Promise<void> {
    await this.worker.stop();
    await this.runtime.close();
    await this.connected.client.connection.close();
    await Promise.all([this.misp.close(), ...feedNames.map((feed) => this.hecs[feed].close())]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** So long after the recording: a lookback before the present poll does not find it. */
const MEANWHILE_SECONDS = 900;

/** Edits, deletions and additions, also of what each feed had delivered and of what was just being delivered. */
function change(data: MispData, recording: Recording, { inDoubt, confirmed }: Upgraded['underWay']): Meanwhile {
  const random = seeded(5);
  const clock = data.now;
  data.now = () => recording.about.at + MEANWHILE_SECONDS;
  const live = (uuid: string): Row | undefined => {
    const row = data.row(uuid);
    return row && !row.deleted && row.comment.length < 1_000 ? row : undefined; // the dead letter stays as it is
  };
  // The last first: `begun` has the fewest, and all feeds had them.
  const known = recording.delivered('begun').flatMap(([, uuid]) => live(uuid) ?? []);
  const [doubtful, doubtfulToo] = [...inDoubt].map((id) => data.row(id.split(':')[0]!)!);
  const [sure, sureToo] = [...confirmed].map((id) => data.row(id.split(':')[0]!)!);
  const deleted = [...known.slice(0, 6), doubtful!, sure!];
  const edited = [...known.slice(6, 12), doubtfulToo!, sureToo!];
  for (const row of deleted) data.deleteAttribute(row);
  for (const row of edited) data.editAttribute(row, { comment: `edited after the recording ${random.hex(8)}` });
  const event = data.addEvent({ info: 'Arrived after the recording', uuid: random.uuid() });
  const added = Array.from({ length: 30 }, () => data.addAttribute(event, makeAttribute(random, data.now())));
  data.publish(event);
  data.now = clock;
  const uuids = (rows: readonly Row[]): string[] => rows.map(({ uuid }) => uuid);
  const touched = new Set([...deleted, ...edited, ...added].flatMap((row) => uuids(row.event.rows)));
  return { deleted: uuids(deleted), edited: uuids(edited), added: uuids(added), touched };
}
