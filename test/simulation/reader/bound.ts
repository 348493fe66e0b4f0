import type { ReaderSettings } from '../../../src/misp/reader.ts';
import type { Misp } from './misp-model.ts';

/**
 * The bound on the requests of one poll (failed ones aside): for each of its walks
 *   4 + 8 (W + C) / L + 2 C + 350 H
 * W: the most rows that were there at once, C: rows changed during the poll, L: the effective limit, H: rows that are hidden or
 * cannot be read. The factor 350 = 2 searches of 31 halvings, 6 readings of a second.
 */
export class Bound {
  private readonly misp: Misp;
  private readonly settings: ReaderSettings;
  private readonly changesBefore: number;
  private rows = 0;
  private obstacles = 0;
  constructor(misp: Misp, settings: ReaderSettings) {
    this.misp = misp;
    this.settings = settings;
    this.changesBefore = misp.changes;
  }

  look(): void {
    const obstacles = this.misp.rows.filter((row) => row.poison || row.hidden || row.warned).length;
    this.rows = Math.max(this.rows, this.misp.rows.length);
    this.obstacles = Math.max(this.obstacles, obstacles);
  }

  requests(): number {
    const limit = Math.min(this.settings.pageSize, this.misp.options.roleLimit || Infinity);
    const changes = this.misp.changes - this.changesBefore;
    const walks = 4 + 3 * this.settings.deletedForms.length;
    return walks * (4 + (8 * (this.rows + changes)) / limit + 2 * changes + 350 * this.obstacles);
  }
}
