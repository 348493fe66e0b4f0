// Acknowledgements are numbered for each channel and each indexer. Behind a load balancer only its cookie leads back to the
// indexer that gave a number out, so channel and cookies belong together (splunk-hec 3.5, rule 29).
import { randomUUID } from 'node:crypto';

export interface Channel {
  readonly id: string;
  /** As the header `Cookie` carries them; empty without any. */
  cookies: string;
}

/** The channels of one destination in one process: one is open, and some have lost what they waited for. */
export class Channels {
  private open: Channel = { id: randomUUID(), cookies: '' };
  private readonly lost = new Set<string>();
  /** How often cookies changed since the last acknowledgement. */
  lossesInARow = 0;

  get current(): Channel {
    return this.open;
  }

  /** Reads the cookies of an answer to a request on a channel. A changed one: the channel's acknowledgements are lost. */
  answered(channel: Channel, setCookie: string | string[] | undefined): void {
    const { cookies, changed } = merge(channel.cookies, setCookie);
    if (changed) this.lose(channel, cookies);
    else channel.cookies = cookies;
  }

  /** A fresh channel; what waits on the old one can still be asked for. */
  renew(cookies = this.open.cookies): void {
    this.open = { id: randomUUID(), cookies };
  }

  lose(channel: Channel, cookies: string): void {
    if (!this.lost.has(channel.id)) this.lossesInARow++;
    this.lost.add(channel.id);
    if (channel.id === this.open.id) this.renew(cookies);
  }

  isLost(id: string): boolean {
    return this.lost.has(id);
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
