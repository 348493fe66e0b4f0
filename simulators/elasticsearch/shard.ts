// The documents of one index, and the rules by which one replaces another: versions, seq_no, remembered deletes.
import { Refused } from './errors.ts';

export type Source = Record<string, unknown>;
export type VersionType = 'internal' | 'external' | 'external_gte';

/** A document, or the memory of one that was deleted. */
export class Entry {
  readonly id: string;
  readonly version: number;
  readonly seqNo: number;
  /** When it was deleted, in ms. */
  readonly deletedAt: number;
  private readonly kept: Source | string | undefined;

  constructor(id: string, version: number, seqNo: number, kept: Source | string | undefined, deletedAt: number) {
    this.id = id;
    this.version = version;
    this.seqNo = seqNo;
    this.kept = kept;
    this.deletedAt = deletedAt;
  }

  get live(): boolean {
    return this.kept !== undefined;
  }

  /** A text is parsed whenever it is asked for. `undefined` after a delete. */
  get source(): Source | undefined {
    return typeof this.kept === 'string' ? (JSON.parse(this.kept) as Source) : this.kept;
  }
}

/** What a write asks of versions. */
export interface Condition {
  version?: number | undefined;
  versionType: VersionType;
  ifSeqNo?: number | undefined;
}

export type Result = 'created' | 'updated' | 'deleted' | 'not_found';

export interface Written {
  result: Result;
  version: number;
  seqNo: number;
}

export const unconditional: Condition = { versionType: 'internal' };

export class Shard {
  private readonly entries = new Map<string, Entry>();
  private nextSeqNo = 0;
  private lives = 0;
  private readonly now: () => number;
  private readonly gcDeletesMs: () => number;
  private readonly refreshMs: () => number;
  /** What a search still sees of documents that were written since the last refresh; `undefined`: nothing. */
  private readonly before = new Map<string, Entry | undefined>();
  private refreshedAt: number;

  /**
   * All in ms. A delete older than `gcDeletesMs` is forgotten, and an old version may come back. A search sees what was written
   * before the last refresh, which is at most `refreshMs` ago; 0: it sees everything.
   */
  constructor(now: () => number, gcDeletesMs: () => number, refreshMs: () => number) {
    this.now = now;
    this.gcDeletesMs = gcDeletesMs;
    this.refreshMs = refreshMs;
    this.refreshedAt = now();
  }

  /** Live documents. */
  get count(): number {
    return this.lives;
  }

  get(id: string): Entry | undefined {
    const entry = this.entries.get(id);
    return entry?.live ? entry : undefined;
  }

  /** Also the memory of a deleted one. */
  lastOf(id: string): Entry | undefined {
    return this.entries.get(id);
  }

  /** Live documents in the order of their last write, as `_doc` sorts a shard that was never merged. */
  *documents(): Generator<Entry> {
    for (const entry of this.entries.values()) if (entry.live) yield entry;
  }

  refresh(): void {
    this.before.clear();
    this.refreshedAt = this.now();
  }

  /** What a search sees: of all documents, or of these ids. */
  *searchable(ids?: readonly string[]): Generator<Entry> {
    if (this.before.size > 0 && this.now() - this.refreshedAt >= this.refreshMs()) this.refresh();
    if (ids !== undefined) {
      for (const id of ids) {
        const entry = this.before.has(id) ? this.before.get(id) : this.get(id);
        if (entry !== undefined) yield entry;
      }
      return;
    }
    for (const entry of this.documents()) if (!this.before.has(entry.id)) yield entry;
    for (const entry of this.before.values()) if (entry !== undefined) yield entry;
  }

  /** How many a search sees. */
  get searchableCount(): number {
    if (this.before.size === 0) return this.lives;
    let count = 0;
    for (const _ of this.searchable()) count++;
    return count;
  }

  /** Throws 409 `version_conflict_engine_exception`. `source`: parsed, or the text of an object. `create`: an existing document is a conflict. */
  put(id: string, source: Source | string, condition: Condition, create: boolean, where: () => object): Written {
    const before = this.known(id);
    const live = before?.live ?? false;
    if (create && before?.live) {
      throw conflict(id, `document already exists (current version [${before.version}])`, where);
    }
    const version = this.nextVersion(id, before, condition, where);
    const seqNo = this.nextSeqNo++;
    this.remember(id, before);
    if (live) this.entries.delete(id);
    else this.lives++;
    this.entries.set(id, new Entry(id, version, seqNo, source, 0));
    return { result: live ? 'updated' : 'created', version, seqNo };
  }

  /** A delete of what is not there counts as a write too, and is remembered. */
  delete(id: string, condition: Condition, where: () => object): Written {
    const before = this.known(id);
    const live = before?.live ?? false;
    const version = this.nextVersion(id, before, condition, where);
    const seqNo = this.nextSeqNo++;
    this.remember(id, before);
    if (live) this.lives--;
    this.entries.delete(id);
    this.entries.set(id, new Entry(id, version, seqNo, undefined, this.now()));
    return { result: live ? 'deleted' : 'not_found', version, seqNo };
  }

  /** Forgets all deletes at once, as after `index.gc_deletes`. */
  forgetDeletes(): void {
    for (const [id, entry] of this.entries) if (!entry.live) this.entries.delete(id);
  }

  private remember(id: string, before: Entry | undefined): void {
    if (this.refreshMs() > 0 && !this.before.has(id)) this.before.set(id, before?.live ? before : undefined);
  }

  private known(id: string): Entry | undefined {
    const entry = this.entries.get(id);
    if (entry === undefined || entry.live) return entry;
    return this.now() - entry.deletedAt < this.gcDeletesMs() ? entry : undefined;
  }

  private nextVersion(id: string, before: Entry | undefined, condition: Condition, where: () => object): number {
    if (condition.ifSeqNo !== undefined && (!before?.live || before.seqNo !== condition.ifSeqNo)) {
      const seen = !before?.live
        ? 'but no document was found'
        : `current document has seqNo [${before.seqNo}] and primary term [1]`;
      throw conflict(id, `required seqNo [${condition.ifSeqNo}], primary term [1]. ${seen}`, where);
    }
    if (condition.versionType === 'internal') return (before?.version ?? 0) + 1;
    const version = condition.version!;
    if (before === undefined) return version;
    const gte = condition.versionType === 'external_gte';
    if (gte ? before.version > version : before.version >= version) {
      const than = gte ? 'higher than' : 'higher or equal to';
      throw conflict(id, `current version [${before.version}] is ${than} the one provided [${version}]`, where);
    }
    return version;
  }
}

const conflict = (id: string, reason: string, where: () => object): Refused =>
  new Refused(409, 'version_conflict_engine_exception', `[${id}]: version conflict, ${reason}`, { ...where() });
