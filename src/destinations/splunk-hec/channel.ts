// Acknowledgements are numbered for each channel and each indexer. Behind a load balancer only its cookie leads back to the
// indexer that gave a number out, so channel and cookies belong together (splunk-hec 3.5, rule 29). After a restart, and for a
// channel that was idle for long, the numbers begin anew (splunk-hec 3.6): so each batch gets a channel of its own, and nobody
// else's acknowledgement can be taken for one of its own.
import { randomUUID } from 'node:crypto';

export interface Channel {
  readonly id: string;
  /** As the header `Cookie` carries them; empty without any. */
  cookies: string;
  /** The highest number that was given out here; -1: none. */
  lastAckId: number;
}

/** The channels of one destination in one process. Those that have lost what they waited for are remembered. */
export class Channels {
  private cookies = '';
  private readonly lost = new Set<string>();
  /** How often acknowledgements were lost since the last one that came. */
  lossesInARow = 0;

  /** A fresh one, which goes where the last answer came from. */
  open(): Channel {
    return { id: randomUUID(), cookies: this.cookies, lastAckId: -1 };
  }

  /** Opened before the first answer has come: it goes where that one came from. */
  settle(channel: Channel): void {
    if (channel.cookies === '') channel.cookies = this.cookies;
  }

  /** Reads the cookies of an answer to a request on a channel. A changed one: the channel's acknowledgements are lost. */
  answered(channel: Pick<Channel, 'id' | 'cookies'>, setCookie: string | string[] | undefined): void {
    const { cookies, changed } = merge(channel.cookies, setCookie);
    if (changed) this.lose(channel.id);
    else channel.cookies = cookies;
    this.cookies = cookies;
  }

  /** A number that is not above the last one: they began anew, and what waits on this channel would be confirmed by others. */
  numbered(channel: Channel, ackId: number): void {
    if (ackId <= channel.lastAckId) this.lose(channel.id);
    channel.lastAckId = ackId;
  }

  isLost(id: string): boolean {
    return this.lost.has(id);
  }

  private lose(id: string): void {
    if (!this.lost.has(id)) this.lossesInARow++;
    this.lost.add(id);
  }
}

/** `changed`: a cookie that was sent came back with another value. */
export function merge(
  cookies: string,
  setCookie: string | string[] | undefined,
): { cookies: string; changed: boolean } {
  const jar = new Map(pairs(cookies.split(';')));
  let changed = false;
  for (const [name, value] of pairs([setCookie ?? []].flat().map((line) => line.split(';', 1)[0]!))) {
    changed ||= jar.has(name) && jar.get(name) !== value;
    jar.set(name, value);
  }
  return { cookies: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), changed };
}

const pairs = (texts: string[]): [string, string][] =>
  texts.flatMap((text): [string, string][] => {
    const at = text.indexOf('=');
    return at < 1 ? [] : [[text.slice(0, at).trim(), text.slice(at + 1).trim()]];
  });
