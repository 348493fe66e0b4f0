// Which alarms there are, and what is to be told of them: their beginning, now and then that they last, and their end. Pure, and only in
// memory: a process that starts anew finds what is wrong again and tells it once.
import type { FeedLook } from './look.ts';
import { isLate, lateness } from './well.ts';

export const ALARM_KINDS = ['blocked', 'stalled', 'lagging'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

export interface Notice {
  feed: string;
  kind: AlarmKind;
  status: 'firing' | 'resolved';
  /** It has been told before, and lasts. */
  again: boolean;
  reason: string;
  /** Epoch seconds, our clock. */
  since: number;
  at: number;
  mode: FeedLook['mode'];
  lagSeconds: number | null;
}

interface Alarm {
  reason: string;
  since: number;
  toldAt: number;
}

export interface AlarmSettings {
  /** Left out: lag makes no alarm. */
  maxLagSeconds?: number | undefined;
  repeatSeconds: number;
}

export class Alarms {
  private readonly settings: AlarmSettings;
  private readonly firing = new Map<string, Alarm>();

  constructor(settings: AlarmSettings) {
    this.settings = settings;
  }

  isFiring(feed: string, kind: AlarmKind): boolean {
    return this.firing.has(`${feed}/${kind}`);
  }

  /** Takes one look, and answers what is new. `now` in epoch seconds. */
  take(look: FeedLook, now: number): Notice[] {
    return ALARM_KINDS.flatMap((kind) => this.takeOne(kind, look, now));
  }

  private takeOne(kind: AlarmKind, look: FeedLook, now: number): Notice[] {
    const { feed, mode, lagSeconds } = look;
    // A workflow that does not answer says neither that it is blocked nor that it is well again.
    const isSilent = mode === 'not running' || mode === 'unknown' || mode === 'starting';
    if (isSilent && (kind !== 'lagging' || lagSeconds === null)) return [];
    const key = `${feed}/${kind}`;
    const before = this.firing.get(key);
    const reason = reasonOf(kind, look, this.settings.maxLagSeconds);
    const notice = { feed, kind, at: now, mode, lagSeconds };
    if (reason === null) {
      if (!before) return [];
      this.firing.delete(key);
      return [{ ...notice, status: 'resolved', again: false, reason: before.reason, since: before.since }];
    }
    const since = before?.since ?? (kind === 'blocked' ? look.state!.blocked!.at : now);
    const due = !before || now - before.toldAt >= this.settings.repeatSeconds;
    this.firing.set(key, { reason, since, toldAt: due ? now : before.toldAt });
    return due ? [{ ...notice, status: 'firing', again: before !== undefined, reason, since }] : [];
  }
}

function reasonOf(kind: AlarmKind, { mode, state, lagSeconds }: FeedLook, maxLag: number | undefined): string | null {
  switch (kind) {
    case 'blocked':
      return mode === 'blocked' ? `by the ${state!.blocked!.by}: ${state!.blocked!.reason}` : null;
    case 'stalled':
      return mode === 'stalled' ? 'one page takes longer than ten minutes' : null;
    case 'lagging':
      return isLate(lagSeconds, maxLag) ? lateness(lagSeconds!, maxLag!) : null;
  }
}
