import { type ReaderSettings } from '../../../src/misp/reader.ts';
import { type Misp } from './misp-model.ts';

/**
 * The bound on the requests of one poll (failed ones aside): for each of its P walks
 *   4 + 4 (W + C) / L + 2 C + 250 H
 * W: the most rows that were there at once, C: rows changed during the poll, L: the effective limit, H: rows that are hidden or cannot be
 * read. A walk without changes and such rows stays below 4 + 4 W / L; the factor 250 = 2 searches of 31 halvings, 4 readings of a second.
 */
export class Bound {
  private readonly misp: Misp; private readonly settings: ReaderSettings; private readonly changes: number;
  private rows = 0; private obstacles = 0;
  constructor(misp: Misp, settings: ReaderSettings) { this.misp = misp; this.settings = settings; this.changes = misp.changes; }
  look(): void {
    this.rows = Math.max(this.rows, this.misp.rows.length);
    this.obstacles = Math.max(this.obstacles, this.misp.rows.filter((row) => row.poison || row.hidden || row.warned).length);
  }
  clean(): boolean { return this.obstacles === 0; }
  requests(): number {
    const limit = Math.min(this.settings.pageSize, this.misp.options.roleLimit || Infinity);
    const changes = this.misp.changes - this.changes;
    const walks = 3 + 3 * this.settings.deletedForms.length;
    return walks * (4 + (4 * (this.rows + changes)) / limit + 2 * changes + 250 * this.obstacles);
  }
}

