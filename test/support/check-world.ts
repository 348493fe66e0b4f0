// A MISP and a HEC on sockets of this machine, and a config that names them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Hec } from '../../simulators/hec/hec.ts';
import type { HecSwitches } from '../../simulators/hec/switches.ts';
import type { SimReply, SimRequest } from '../../simulators/http.ts';
import { generate } from '../../simulators/misp/generator.ts';
import { Misp } from '../../simulators/misp/misp.ts';
import type { MispSwitches } from '../../simulators/misp/switches.ts';
import { checkAll } from '../../src/checks/all.ts';
import type { Check } from '../../src/checks/check.ts';
import { loadConfig, type RelayConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { Box } from './e2e/box.ts';

export interface WorldOptions {
  misp?: Partial<MispSwitches>;
  hec?: Partial<HecSwitches>;
  /** Keys of the config, beside the usual ones. */
  source?: Record<string, unknown>;
  destination?: Record<string, unknown>;
  feeds?: Record<string, Record<string, unknown>>;
  store?: string;
  temporal?: Record<string, unknown>;
  attributes?: number;
  /** What stands between us and the MISP. */
  proxy?: (reply: SimReply, request: SimRequest) => SimReply;
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'misp-relay-check-'));
  readonly misp: Misp;
  readonly hec: Hec;
  /** The bodies that came for events, as they came. */
  readonly posted: SimRequest[] = [];
  mispBox!: Box;
  hecBox!: Box;
  private readonly options: WorldOptions;

  private constructor(options: WorldOptions) {
    this.options = options;
    this.misp = new Misp({ data: generate({ attributes: options.attributes ?? 40 }), switches: options.misp });
    this.hec = new Hec({ switches: options.hec, keepEvents: true });
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const world: World = new World(options);
    const { misp, hec } = world;
    const { proxy = (reply) => reply } = options;
    world.mispBox = await Box.open({ handle: (request) => proxy(misp.handle(request), request) });
    world.hecBox = await Box.open({
      admit: (request) => hec.admit(request),
      handle: (request) => {
        if (request.path.includes('/event')) world.posted.push(request);
        return hec.handle(request);
      },
    });
    world.write();
    return world;
  }

  write(more: Record<string, unknown> = {}): void {
    const { source, destination, feeds, store, temporal } = this.options;
    const usual = { source: 'main', destination: 'splunk' };
    const file = {
      version: 1,
      store: store ?? 'sqlite:./data/relay.db',
      ...(temporal ? { temporal } : {}),
      sources: { main: { url: this.mispBox.url, apiKey: this.misp.key, ...source } },
      destinations: {
        splunk: {
          type: 'splunk-hec',
          url: this.hecBox.url,
          token: this.hec.token,
          index: 'threat_intel',
          ...destination,
        },
      },
      feeds: Object.fromEntries(
        Object.entries(feeds ?? { all: {} }).map(([name, feed]) => [name, { ...usual, ...feed }]),
      ),
      ...more,
    };
    writeFileSync(join(this.folder, 'relay.yaml'), stringify(file));
  }

  get config(): RelayConfig {
    return loadConfig({ path: 'relay.yaml', env: {}, cwd: this.folder });
  }

  check(limitMs?: number): Promise<Check[]> {
    return checkAll(this.config, createLog('silent'), limitMs);
  }

  async close(): Promise<void> {
    await Promise.all([this.mispBox.away(), this.hecBox.away()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const of = (checks: readonly Check[], subject: Check['subject']): Check =>
  checks.find((check) => check.subject === subject)!;
