// The stage for workflow tests: the real server and the real workflows, a task queue for each test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type TelemetryOptions } from '@temporalio/worker';
import { newState, type FeedState } from '../../src/core/feed-state.ts';
import { connectClient, dataConverter, embeddedTarget } from '../../src/temporal.ts';
import { ensureTemporalServer, fromEnvironment, type TemporalServer } from '../../src/temporal-server.ts';
import { workflowBundle } from '../../src/workflow-bundle.ts';
import type { Status } from '../../workflows/feed.ts';
import type { MessageName } from '../../workflows/messages.ts';
import { Scripted } from './scripted.ts';

/** The failures that tests provoke are not worth a line. */
const SILENT = new DefaultLogger('ERROR', () => {});
const QUIET: TelemetryOptions = { logging: { filter: { core: 'ERROR', other: 'ERROR' } } };

export class Stage {
  readonly client: Client;
  private readonly server: TemporalServer;
  private readonly connection: NativeConnection;
  private readonly folder: string;
  private plays = 0;

  private constructor(folder: string, server: TemporalServer, client: Client, connection: NativeConnection) {
    this.folder = folder;
    this.server = server;
    this.client = client;
    this.connection = connection;
  }

  static async open(): Promise<Stage> {
    Runtime.install({ logger: SILENT, telemetryOptions: QUIET, shutdownSignals: [] });
    const folder = mkdtempSync(join(tmpdir(), 'misp-relay-workflow-'));
    const server = await ensureTemporalServer({ ...fromEnvironment(process.env), dataDir: folder });
    const connection = await NativeConnection.connect({ address: server.address });
    return new Stage(folder, server, await connectClient(embeddedTarget(server.address)), connection);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.client.connection.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `play` with a worker of its own. `timeScale`: see workflows/options.ts. */
  async play(play: (actor: Actor) => Promise<void>, timeScale = 1): Promise<void> {
    const feed = `feed-${++this.plays}`;
    const script = new Scripted();
    const worker = await Worker.create({
      connection: this.connection,
      taskQueue: feed,
      workflowBundle: { codePath: await workflowBundle({ timeScale }) },
      dataConverter,
      activities: script.activities(),
      shutdownGraceTime: '1s',
      shutdownForceTime: '3s',
    });
    const actor = new Actor(this.client, feed, script);
    await worker.runUntil(async () => {
      try {
        await play(actor);
      } finally {
        await actor.end(); // an activity that never ends would hold the worker
      }
    });
  }
}

/** One feed under test. */
export class Actor {
  readonly client: Client;
  readonly feed: string;
  readonly script: Scripted;
  readonly workflow: string;

  constructor(client: Client, feed: string, script: Scripted) {
    this.client = client;
    this.feed = feed;
    this.script = script;
    this.workflow = `sync/${feed}`;
  }

  get handle(): WorkflowHandle {
    return this.client.workflow.getHandle(this.workflow);
  }

  backfill(id: string): WorkflowHandle {
    return this.client.workflow.getHandle(`backfill/${this.feed}/${id}`);
  }

  /** Starts the entity from a state, or (null) from its checkpoint; and asks for the first poll. */
  async start(state: FeedState | null = newState(0), poll = true): Promise<void> {
    const args = state ? [this.feed, state] : [this.feed];
    await this.client.workflow.start('syncFeed', { workflowId: this.workflow, taskQueue: this.feed, args });
    if (poll) await this.signal('poll');
  }

  signal(name: MessageName, input: object = {}): Promise<void> {
    return this.handle.signal(name, input);
  }

  update(name: MessageName, input: unknown = {}): Promise<Status> {
    return this.handle.executeUpdate<Status, [unknown]>(name, { args: [input] });
  }

  status(): Promise<Status> {
    return this.handle.query<Status>('status');
  }

  /** The status, once it is as awaited. */
  async until(what: string, holds: (status: Status) => boolean): Promise<Status> {
    let found: Status | undefined;
    await until(what, async () => holds((found = await this.status())));
    return found!;
  }

  idle(polls = 1): Promise<Status> {
    return this.until('idle', ({ mode, totals }) => mode === 'idle' && totals.polls >= polls);
  }

  metadata(): Promise<Metadata> {
    return this.handle.query<Metadata>('__temporal_workflow_metadata');
  }

  async runId(): Promise<string> {
    return (await this.handle.describe()).runId;
  }

  /** How many workflow tasks of the present run have failed. */
  async failedTasks(): Promise<number> {
    const { events } = await this.handle.fetchHistory();
    return (events ?? []).filter(({ workflowTaskFailedEventAttributes }) => workflowTaskFailedEventAttributes).length;
  }

  /** Everything of this feed. */
  async end(): Promise<void> {
    const query = `TaskQueue = "${this.feed}" AND ExecutionStatus = "Running"`;
    for await (const { workflowId } of this.client.workflow.list({ query }))
      await this.client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => {}); // it ended by itself
  }
}

interface Described {
  name?: string | null;
  description?: string | null;
}

export interface Metadata {
  definition: {
    type: string;
    queryDefinitions: Described[];
    signalDefinitions: Described[];
    updateDefinitions: Described[];
  };
  currentDetails: string;
}

/** Generous: it only says when something hangs. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 90_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`it did not come to pass: ${what}`);
  }
}
