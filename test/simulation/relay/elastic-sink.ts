// An Elasticsearch. What it has taken is there for good, whether its answer came or not; what it refuses as older is there in a newer version.
import { gunzipSync } from 'node:zlib';
import { ElasticsearchSimulator } from '../../../simulators/elasticsearch/elasticsearch.ts';
import { elasticsearchFaults, type ElasticsearchFaultName } from '../../../simulators/elasticsearch/fault-table.ts';
import type { Entry } from '../../../simulators/elasticsearch/shard.ts';
import type { SimReply, SimRequest } from '../../../simulators/http.ts';
import type { Destination, DestinationContext } from '../../../src/destinations/destination.ts';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import { aliasOf, indexOf, streamOf } from '../../../src/destinations/elasticsearch/names.ts';
import {
  FIELDS_COMPONENT,
  fieldsComponent,
  indexTemplate,
  streamTemplate,
} from '../../../src/destinations/elasticsearch/template.ts';
import { Arrivals, type Line } from './arrivals.ts';
import type { Dice } from './dice.ts';
import type { Shown } from './truth.ts';

export type ElasticMode = 'index' | 'index that marks' | 'data_stream';
export type Json = Record<string, unknown>;

/** Verdicts on single documents: a fault of this kind would make dead letters of good records. */
const VERDICTS: ReadonlySet<ElasticsearchFaultName> = new Set([
  'bad items',
  'failure store used',
  'failure store not enabled',
  'failure store failed',
]);
export const FAULTS = (Object.keys(elasticsearchFaults) as ElasticsearchFaultName[]).filter(
  (name) => !VERDICTS.has(name),
);
const NAMESPACE = 'sim';
const OUR_TAGS: ReadonlySet<string> = new Set(['forwarded', 'misp-threat_attributes']);
const TAKES = 104_857_600;

interface Attribute {
  uuid: string;
  type: string;
  value?: string;
  category?: string;
  to_ids?: boolean;
  comment?: string;
  decayed_at?: string;
}

/** What stands in a document, as far as it is looked at here. */
interface Document {
  tags?: string[];
  event: Json;
  threat?: { indicator?: { modified_at?: string } };
  misp: { attribute: Attribute; event?: { info?: string } };
  misp_relay: { delivery_id: string; seq: number; withdrawn?: string };
}

interface Action extends Line {
  id: string;
  document: Document | null;
}

export class ElasticSink extends Arrivals {
  readonly host = 'elasticsearch';
  readonly tooLarge = 'ELASTICSEARCH_413';
  readonly keepsDuplicates = false;
  private readonly mode: ElasticMode;
  private readonly server: ElasticsearchSimulator;
  private readonly options: Json;

  /** `options`: of the destination's block. */
  constructor(nowMs: () => number, mode: ElasticMode, options: Json) {
    super();
    this.mode = mode;
    this.options = options;
    this.server = new ElasticsearchSimulator({ now: nowMs });
    this.install();
  }

  get requests(): number {
    return this.server.counts().bulks;
  }

  destination(context: DestinationContext): Destination {
    const { mode } = this;
    const more = mode === 'data_stream' ? { mode } : { onWithdraw: mode === 'index' ? 'delete' : 'mark' };
    const given = { url: 'https://elasticsearch', namespace: NAMESPACE, gzip: false, ...more, ...this.options };
    return elasticsearch.create(elasticsearch.options.parse(given), context);
  }

  handle(request: SimRequest): SimReply {
    const actions = this.actionsOf(request);
    const before = actions.map(({ id }) => this.entryOf(id));
    this.onPost(actions.map(({ deliveryId }) => deliveryId));
    const { trickle, ...reply } = this.server.handle(request);
    actions.forEach((action, n) => {
      const entry = this.entryOf(action.id);
      // What stays as it was although it was asked for is newer, or the same.
      const stands = entry !== undefined && (this.mode === 'data_stream' || entry.version > action.seq);
      const isKnown = this.byUuid.get(action.uuid)?.some(({ seq }) => seq === action.seq) ?? false;
      if (entry !== before[n] || (stands && !isKnown)) this.take(action);
    });
    return trickle ? { ...reply, transport: 'hang' } : reply;
  }

  lineOf(text: string): Line {
    const [action, document] = text.split('\t') as [string, string?];
    return actionOf(action, document);
  }

  viewOf({ type, value, category, toIds, comment, timestamp, tags, info, eventTags }: Shown): string {
    // Its tags are one list, and TLP stands there in upper case.
    const all = new Set([...tags, ...eventTags].map((tag) => tag.toLowerCase().replaceAll(/["\\]/g, '')));
    return JSON.stringify([type, value, category, toIds, comment, timestamp, info, [...all].sort()]);
  }

  fail(dice: Dice): string {
    const name = dice.pick(FAULTS);
    const { item } = elasticsearchFaults[name] as { item?: object };
    const plan = item ? { every: 1 + dice.int(3) } : {};
    this.server.fail(name, { next: 1 + dice.int(3), ...plan });
    return `Elasticsearch: ${name}`;
  }

  flip(dice: Dice): string {
    const { switches } = this.server;
    const block = (on: boolean): void =>
      void this.send('PUT', `/${this.target}/_settings`, { 'index.blocks.write': on });
    const kinds: [string, () => void][] = [
      [
        'Elasticsearch: credentials rejected for a while',
        () => (switches.credentials = switches.credentials === 'valid' ? 'rejected' : 'valid'),
      ],
      ['Elasticsearch: read-only for a while', () => block(!this.isReadOnly())],
      [
        'Elasticsearch: small requests only',
        () => (switches.maxContentLength = switches.maxContentLength === TAKES ? 4_000 : TAKES),
      ],
    ];
    const [name, flip] = dice.pick(kinds);
    flip();
    return name;
  }

  /** What it has taken is on its disk. */
  restart(): number {
    return 0;
  }

  heal(): void {
    this.server.faults.clear();
    Object.assign(this.server.switches, { credentials: 'valid', maxContentLength: TAKES });
    if (this.isReadOnly()) this.send('PUT', `/${this.target}/_settings`, { 'index.blocks.write': false });
  }

  /**
   * What a rule would match, by uuid. Of a data stream that is what Elastic's latest transform keeps: the last of each attribute by
   * `event.ingested`, without what has decayed (elastic-ti-misp 2.6). Where two have the same millisecond it may take either; here it is
   * the later version, since the clock of a simulation stands still for many requests.
   */
  documents(nowMs: number): Map<string, Json> {
    if (this.mode === 'data_stream' && !this.server.cluster.streams.has(this.target)) return new Map();
    const last = new Map<string, Document>();
    for (const { source } of this.server.docs(this.target)) {
      const document = source as unknown as Document;
      const uuid = document.misp.attribute.uuid;
      const other = last.get(uuid);
      if (!other || orderOf(other) < orderOf(document)) last.set(uuid, document);
    }
    for (const [uuid, { misp, misp_relay: relay }] of last) {
      const decayedAt = misp.attribute.decayed_at;
      const isGone = decayedAt !== undefined && Date.parse(decayedAt) <= nowMs - 60_000;
      if (this.mode === 'data_stream' ? isGone : relay.withdrawn !== undefined) last.delete(uuid);
    }
    return last as unknown as Map<string, Json>;
  }

  private get target(): string {
    return this.mode === 'data_stream' ? streamOf('attributes', NAMESPACE) : indexOf(NAMESPACE);
  }

  private isReadOnly(): boolean {
    const text = this.send('GET', `/${this.target}/_settings?flat_settings=true`).body;
    return text.includes('"index.blocks.write":"true"');
  }

  private install(): void {
    const choice = { retentionDays: null, isTransformSource: false };
    this.send('PUT', `/_component_template/${FIELDS_COMPONENT}`, fieldsComponent());
    if (this.mode === 'data_stream') {
      this.send('PUT', '/_index_template/sim', streamTemplate('attributes', NAMESPACE, choice));
      return;
    }
    this.send('PUT', '/_index_template/sim', indexTemplate(NAMESPACE));
    this.send('PUT', `/${this.target}`, { aliases: { [aliasOf(NAMESPACE)]: { is_write_index: true } } });
  }

  /** As an operator, past all faults and switches of access. */
  private send(method: string, path: string, body: Json = {}): SimReply {
    const { credentials } = this.server.switches;
    this.server.switches.credentials = 'valid';
    const headers = { 'content-type': 'application/json' };
    const reply = this.server.handle({ method, path, headers, body: JSON.stringify(body) });
    this.server.switches.credentials = credentials;
    return reply;
  }

  private entryOf(id: string): Entry | undefined {
    const { cluster } = this.server;
    const name = cluster.streams.get(this.target)?.indices.at(-1) ?? this.target;
    return cluster.find(name)?.shard.lastOf(id);
  }

  private actionsOf({ path, body, headers }: SimRequest): Action[] {
    if (!/\/_bulk(\?|$)/.test(path)) return [];
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();
    const actions: Action[] = [];
    for (const line of text.split('\n')) {
      if (line === '') continue;
      if (/^\{"(index|create|delete)":/.test(line)) actions.push(actionOf(line));
      else Object.assign(actions.at(-1)!, actionOf(actionText(actions.at(-1)!), line));
    }
    return actions;
  }

  private take({ uuid, seq, deliveryId, document }: Action): void {
    const isUpsert = document !== null && document.misp_relay.withdrawn === undefined;
    const shown = isUpsert ? shownOf(document) : null;
    this.add({
      uuid,
      seq,
      deliveryId,
      action: isUpsert ? 'upsert' : 'withdraw',
      content: shown ? this.viewOf(shown) : '',
      timestamp: shown?.timestamp ?? 0,
      shipment: this.sender(),
      proved: true,
    });
  }
}

const orderOf = ({ event, misp_relay: relay }: Document): string =>
  `${String(event['ingested'])} ${String(relay.seq).padStart(16, '0')}`;

const actionText = ({ id, seq }: Action): string => JSON.stringify({ index: { _id: id, version: seq } });

/** `<feed>:<uuid>` with a version, or `<feed>:<uuid>:<seq>[:withdrawn]`. */
function actionOf(action: string, document?: string): Action {
  const [place] = Object.values(JSON.parse(action) as Record<string, { _id: string; version?: number }>);
  const [, uuid, ofId] = place!._id.split(':') as [string, string, string?];
  const parsed = document === undefined ? null : (JSON.parse(document) as Document);
  const seq = place!.version ?? Number(ofId);
  // A deletion carries no delivery_id.
  return {
    id: place!._id,
    uuid,
    seq,
    deliveryId: parsed?.misp_relay.delivery_id ?? `${uuid}:deleted:${seq}`,
    document: parsed,
  };
}

function shownOf({ tags = [], threat, misp }: Document): Shown {
  const { attribute, event = {} } = misp;
  return {
    type: attribute.type,
    value: attribute.value ?? '',
    category: attribute.category ?? '',
    toIds: attribute.to_ids === true,
    comment: attribute.comment ?? '',
    timestamp: Math.floor(Date.parse(threat?.indicator?.modified_at ?? '') / 1000),
    tags: tags.filter((tag) => !OUR_TAGS.has(tag)),
    info: event.info ?? '',
    eventTags: [],
  };
}
