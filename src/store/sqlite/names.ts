// Names that stand many times in the file are kept once: feeds, and the short texts of the ledger.
import type { Database } from './database.ts';

const CACHED_MAX = 50_000;

export class Names {
  private readonly db: Database;
  private readonly ids = new Map<string, number>();
  private readonly texts = new Map<number, string>();

  constructor(db: Database) {
    this.db = db;
    db.onRollback = () => this.clear();
  }

  /** The number of a feed, given at first use. Not cached: a feed may be renamed. */
  feed(name: string): number {
    const known = this.db.get('SELECT id FROM feeds WHERE name = ?', name);
    if (known) return Number(known['id']);
    this.db.run('INSERT INTO feeds (name) VALUES (?) ON CONFLICT DO NOTHING', name);
    return Number(this.db.get('SELECT id FROM feeds WHERE name = ?', name)!['id']);
  }

  /** The number of a text, given at first use. */
  id(text: string): number {
    const cached = this.ids.get(text);
    if (cached !== undefined) return cached;
    const known = this.db.get('SELECT id FROM texts WHERE text = ?', text);
    if (known) {
      const id = Number(known['id']);
      this.remember(id, text);
      return id;
    }
    this.db.run('INSERT INTO texts (text) VALUES (?)', text);
    return Number(this.db.get('SELECT id FROM texts WHERE text = ?', text)!['id']);
  }

  text(id: number): string {
    const cached = this.texts.get(id);
    if (cached !== undefined) return cached;
    const text = String(this.db.get('SELECT text FROM texts WHERE id = ?', id)?.['text'] ?? '');
    this.remember(id, text);
    return text;
  }

  private remember(id: number, text: string): void {
    if (this.ids.size >= CACHED_MAX) this.clear();
    this.ids.set(text, id);
    this.texts.set(id, text);
  }

  private clear(): void {
    this.ids.clear();
    this.texts.clear();
  }
}
