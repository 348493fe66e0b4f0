// The live view: one line for each feed, drawn anew on a terminal, printed only when it changes elsewhere.
import type { FeedStatus } from './status.ts';

export interface ViewTarget {
  isTTY?: boolean;
  write(text: string): unknown;
}

export class LiveView {
  private readonly target: ViewTarget;
  private readonly nowMs: () => number;
  private drawn = 0;
  private last = '';
  private readonly seen = new Map<string, { confirmed: number; at: number; rate: number }>();

  constructor(target: ViewTarget, nowMs: () => number = Date.now) {
    this.target = target;
    this.nowMs = nowMs;
  }

  /** `more`: lines below the feeds. */
  show(feeds: readonly FeedStatus[], more: readonly string[] = []): void {
    const lines = [...feeds.map((feed) => this.line(feed)), ...more];
    if (this.target.isTTY) {
      const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
      this.target.write(up + lines.map((line) => `\x1b[2K${line}\n`).join(''));
      this.drawn = lines.length;
      return;
    }
    // Without a terminal a line appears when a feed has come to rest, or into trouble.
    const text = feeds
      .filter(({ mode }) => mode !== 'running')
      .map((feed) => this.line(feed, false))
      .join('\n');
    if (text !== '' && text !== this.last) this.target.write(`${text}\n`);
    this.last = text;
  }

  private line({ feed, mode, state, lagSeconds, deadLetters }: FeedStatus, moving = true): string {
    const totals = state?.totals;
    const rate = this.rate(feed, totals?.confirmed ?? 0);
    const parts = [
      feed.padEnd(16),
      mode.padEnd(8),
      `read ${totals?.rows ?? 0}`,
      `delivered ${totals?.confirmed ?? 0}`,
      ...(moving ? [`${rate}/s`, lagSeconds === null ? 'lag –' : `lag ${lagSeconds} s`] : []),
      ...(deadLetters > 0 ? [`${deadLetters} dead letters`] : []),
      ...(state?.blocked ? [state.blocked.reason] : []),
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
