// The live view: one line for each feed, drawn anew on a terminal, printed only when it changes elsewhere.
import type { FeedStatus } from './status.ts';

export interface ViewTarget {
  isTTY?: boolean;
  /** Of a terminal. */
  columns?: number;
  write(text: string): unknown;
}

export class LiveView {
  private readonly target: ViewTarget;
  private readonly nowMs: () => number;
  private drawn = 0;
  /** What was printed last of each feed, without a terminal. */
  private readonly printed = new Map<string, string>();
  private readonly seen = new Map<string, { confirmed: number; at: number; rate: number }>();

  constructor(target: ViewTarget, nowMs: () => number = Date.now) {
    this.target = target;
    this.nowMs = nowMs;
  }

  /** `more`: lines below the feeds. */
  show(feeds: readonly FeedStatus[], more: readonly string[] = []): void {
    if (this.target.isTTY) {
      const lines = [...feeds.map((feed) => this.line(feed)), ...more].map((line) => this.fitting(line));
      const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
      this.target.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`);
      this.drawn = lines.length;
      return;
    }
    // Without a terminal a line appears when a feed has come to rest, or into trouble, and something is new.
    for (const feed of feeds.filter(({ mode, trouble }) => mode !== 'running' || trouble)) {
      const line = this.line(feed, false);
      if (this.printed.get(feed.feed) !== line) this.target.write(`${line}\n`);
      this.printed.set(feed.feed, line);
    }
  }

  /** Makes room for another line; the next `show` draws all of it again. */
  stepAside(): void {
    if (this.drawn > 0) this.target.write(`\x1b[${this.drawn}A\x1b[0J`);
    this.drawn = 0;
  }

  /** A line that wraps would be two, and the next drawing would begin in the wrong place. */
  private fitting(line: string): string {
    const { columns = 0 } = this.target;
    return columns > 1 && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
  }

  private line({ feed, mode, state, lagSeconds, deadLetters, trouble }: FeedStatus, moving = true): string {
    const totals = state?.totals;
    const rate = this.rate(feed, totals?.confirmed ?? 0);
    const parts = [
      feed.padEnd(16),
      mode.padEnd(8),
      `read ${totals?.rows ?? 0}`,
      `delivered ${totals?.confirmed ?? 0}`,
      ...(moving ? [`${rate}/s`, lagSeconds === null ? 'lag –' : `lag ${lagSeconds} s`] : []),
      ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
      ...nothingPasses(state),
      ...(state?.blocked ? [state.blocked.reason] : trouble ? [trouble.reason] : []),
    ];
    return parts.join('  ');
  }

  /** Smoothed over a few looks. */
  private rate(feed: string, confirmed: number): number {
    const at = this.nowMs();
    const before = this.seen.get(feed);
    const now = before && at > before.at ? ((confirmed - before.confirmed) * 1000) / (at - before.at) : 0;
    const rate = before ? before.rate * 0.5 + now * 0.5 : now;
    this.seen.set(feed, { confirmed, at, rate });
    return Math.round(rate);
  }
}

/** A feed that delivers nothing, because its filter leaves everything out, must not look merely idle. */
function nothingPasses(state: FeedStatus['state']): string[] {
  if (!state || state.totals.confirmed > 0 || state.totals.filtered === 0) return [];
  const [rule] = Object.entries(state.poll.filtered).sort(([, a], [, b]) => b - a)[0] ?? ['the filter'];
  return [`the filter leaves out all ${state.totals.filtered}, mostly by ${rule}`];
}
