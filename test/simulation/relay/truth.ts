// What the MISP holds, and what of it must be at the destination: an oracle that shares nothing with the relay.
import type { MispData } from '../../../simulators/misp/data.ts';
import type { MispEvent, Row } from '../../../simulators/misp/model.ts';

/** What a person sees of an attribute: in MISP, in an answer of MISP, or at the destination. */
export interface Shown {
  type: string;
  value: string;
  category: string;
  toIds: boolean;
  comment: string;
  timestamp: number;
  tags: string[];
  info: string;
  eventTags: string[];
}

export const contentOf = (shown: Shown): string =>
  JSON.stringify([
    shown.type,
    shown.value,
    shown.category,
    shown.toIds,
    shown.comment,
    shown.timestamp,
    [...shown.tags].sort(),
    shown.info,
    [...shown.eventTags].sort(),
  ]);

/** A filter as the config has it, and what it means. */
export interface Rule {
  name: string;
  filter: Record<string, unknown>;
  passes: (shown: Shown, published: boolean) => boolean;
  /** What leaves it is not withdrawn by a poll: it waits for the reconcile. */
  keepsWhatLeft?: boolean;
}

const has = ({ tags, eventTags }: Shown, tag: string): boolean => [...tags, ...eventTags].includes(tag);

/** `maxTlp` is amber+strict unless it is said. */
export const RULES: readonly Rule[] = [
  { name: 'everything', filter: { maxTlp: 'off' }, passes: () => true },
  { name: 'not red', filter: {}, passes: (shown) => !has(shown, 'tlp:red') },
  { name: 'to_ids', filter: { maxTlp: 'off', toIds: true }, passes: ({ toIds }) => toIds },
  {
    name: 'domains',
    filter: { types: ['domain'] },
    passes: (shown) => shown.type === 'domain' && !has(shown, 'tlp:red'),
  },
  { name: 'tagged', filter: { maxTlp: 'off', tags: ['!skip'] }, passes: (shown) => !has(shown, 'skip') },
  {
    name: 'published',
    filter: { maxTlp: 'off', published: true },
    passes: (_, published) => published,
    keepsWhatLeft: true,
  },
];

const namesOf = ({ tags }: Row | MispEvent): string[] => tags.map(({ tag }) => tag.name);

export const shownOf = (row: Row): Shown => ({
  type: row.type,
  value: row.value,
  category: row.category,
  toIds: row.toIds,
  comment: row.comment,
  timestamp: row.timestamp,
  tags: namesOf(row),
  info: row.event.info,
  eventTags: namesOf(row.event),
});

/** Changes that move no selector: what they did is seen by the reconcile, or with the next change (docs/guarantees.md). */
const LEFT_TO_RECONCILE: ReadonlySet<string> = new Set([
  'hidden from us',
  'visible again',
  'local tag',
  'sync without publish',
  'unpublish',
  'before since',
  'skipped by a reset',
]);

/** The last change of each row. */
export class Truth {
  readonly data: MispData;
  readonly rule: Rule;
  /** Epoch seconds: what the first poll, or the first one after a reset forward, begins with. */
  since: number;
  private readonly hasPolled: () => boolean;
  /** Seconds; null: nothing expires. */
  private readonly expireAfter: number | null;
  private readonly waits = new Map<string, string>();

  constructor(data: MispData, rule: Rule, since: number, hasPolled: () => boolean, expireAfter: number | null = null) {
    this.expireAfter = expireAfter;
    this.data = data;
    this.since = since;
    this.hasPolled = hasPolled;
    this.rule = rule;
  }

  changed(rows: readonly Row[], change: string): void {
    for (const row of rows) {
      const { uuid, event } = row;
      const before = Math.max(row.timestamp, event.timestamp, event.publishTimestamp) < this.since;
      if (LEFT_TO_RECONCILE.has(change)) this.waits.set(uuid, change);
      else if (before && !this.hasPolled()) this.waits.set(uuid, 'before since');
      // The same uuid and timestamp is no new version: a delegation, and the end of an import whose rows were there before.
      else if (change !== 'delegation' && !(change.startsWith('import') && this.waits.get(uuid) === 'local tag'))
        this.waits.delete(uuid);
    }
  }

  /** Counted from the greater of both. `now`: epoch seconds. */
  hasEnded(timestamp: number, lastSeen: string | null, now: number): boolean {
    if (this.expireAfter === null) return false;
    const seen = lastSeen === null ? 0 : Math.floor(Date.parse(lastSeen) / 1000);
    return Math.max(timestamp, seen) + this.expireAfter <= now;
  }

  /** Rows that must be at the destination, or gone from it, as they are at `now`, in epoch seconds. */
  *owed(now = this.data.now()): Iterable<{ row: Row; live: boolean }> {
    for (const row of this.data.byId.rows()) {
      if (row.gone || this.waits.has(row.uuid) || !row.event.visible || row.hidden) continue;
      const passes = !row.deleted && this.rule.passes(shownOf(row), row.event.published);
      const live = passes && !this.hasEnded(row.timestamp, row.lastSeen, now);
      if (!passes && !row.deleted && this.rule.keepsWhatLeft) continue;
      yield { row, live };
    }
  }
}
