interface Channel {
  next: number;
  /** Ack id -> when it turns true, in ms. */
  readyAt: Map<number, number>;
  usedAt: number;
}

/** Indexer acknowledgement: ids from 0 for each token and channel, `true` told once (splunk-hec 3.6, T6). */
export class Acks {
  private channels = new Map<string, Channel>();

  /** The next id of a channel. */
  issue(key: string, now: number, delayMs: number, idleMs: number): number {
    this.forgetIdle(now, idleMs);
    const channel = this.channels.get(key) ?? { next: 0, readyAt: new Map<number, number>(), usedAt: now };
    this.channels.set(key, channel);
    channel.usedAt = now;
    const id = channel.next++;
    channel.readyAt.set(id, now + delayMs);
    return id;
  }

  /** An unknown channel, an unknown id and an id told before are `false`: not an error. One answer for an id that is asked for twice. */
  poll(key: string, ids: readonly number[], now: number, idleMs: number): Record<string, boolean> {
    this.forgetIdle(now, idleMs);
    const channel = this.channels.get(key);
    if (channel) channel.usedAt = now;
    const told: Record<string, boolean> = {};
    for (const id of new Set(ids)) {
      const at = channel?.readyAt.get(id);
      told[id] = at !== undefined && at <= now;
      if (told[id]) channel?.readyAt.delete(id);
    }
    return told;
  }

  /** A restart of splunkd: ids live in memory only. */
  forget(): void {
    this.channels.clear();
  }

  get pending(): number {
    let count = 0;
    for (const channel of this.channels.values()) count += channel.readyAt.size;
    return count;
  }

  private forgetIdle(now: number, idleMs: number): void {
    for (const [key, channel] of this.channels) if (now - channel.usedAt > idleMs) this.channels.delete(key);
  }
}
