// Alarms for others: one JSON POST for each notice, tried a few times. Its address is a secret, since whoever knows it may post: no message
// holds more of it than the host.
import packageJson from '../../package.json' with { type: 'json' };
import { isoOf } from '../core/times.ts';
import { messageOf } from '../errors.ts';
import type { Http, HttpOptions } from '../http.ts';
import type { Logger } from '../log.ts';
import type { Secret } from '../options.ts';
import type { Notice } from './alarms.ts';

export interface WebhookContext {
  connect(url: string, options: HttpOptions): Http;
  proxyFor(url: string): string | undefined;
  log: Logger;
  /** Rejects when the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const WAITS_MS = [1_000, 5_000, 25_000];
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;

/** What is posted. `text` is what Slack, Mattermost and Teams show; the rest is for programs. */
export function bodyOf({ feed, kind, status, again, reason, since, at, mode, lagSeconds }: Notice): object {
  const what =
    status === 'resolved'
      ? `is no longer ${kind} (now ${mode})`
      : `is ${again ? 'still ' : ''}${kind} since ${isoOf(since)}: ${reason}`;
  return {
    text: `misp-relay: feed ${feed} ${what}`,
    feed,
    kind,
    status,
    reason,
    since: isoOf(since),
    at: isoOf(at),
    mode,
    lagSeconds,
    relay: { name: packageJson.name, version: packageJson.version },
  };
}

export class Webhook {
  private readonly address: Secret;
  private readonly context: WebhookContext;
  private readonly stopped = new AbortController();
  /** The last post under way for each feed and kind: an end is never told before its beginning. */
  private readonly under = new Map<string, Promise<void>>();

  constructor(address: Secret, context: WebhookContext) {
    this.address = address;
    this.context = context;
  }

  /** Returns at once. What fails is a line in the log. */
  tell(notice: Notice): void {
    const key = `${notice.feed}/${notice.kind}`;
    const before = this.under.get(key) ?? Promise.resolve();
    const told = before
      .then(() => this.post(notice))
      .finally(() => {
        if (this.under.get(key) === told) this.under.delete(key);
      });
    this.under.set(key, told);
  }

  /** Until nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.under.values());
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.stopped.abort();
    await this.idle();
  }

  private async post(notice: Notice): Promise<void> {
    const { feed, kind } = notice;
    const { log, sleep } = this.context;
    const { signal } = this.stopped;
    try {
      for (let attempt = 0; !signal.aborted; attempt++) {
        const failure = await this.attempt(notice);
        if (failure === null) return;
        const wait = failure.final ? undefined : WAITS_MS[attempt];
        if (signal.aborted) return;
        log.warn(
          { feed, kind, attempt: attempt + 1, reason: failure.reason },
          'the alarm could not be posted (alerts.webhook)',
        );
        if (wait === undefined) return;
        await sleep(wait, signal);
      }
    } catch (error) {
      if (!signal.aborted)
        log.warn({ feed, kind, reason: messageOf(error) }, 'the alarm could not be posted (alerts.webhook)');
    }
  }

  /** Null: it was taken. `final`: another try would fare no better. */
  private async attempt(notice: Notice): Promise<{ reason: string; final: boolean } | null> {
    const given = this.address.reveal();
    if (!URL.canParse(given)) return { reason: 'the address is no URL', final: true };
    const { origin, pathname, search } = new URL(given);
    const proxy = this.context.proxyFor(origin);
    const http = this.context.connect(origin, {
      totalTimeoutMs: TIMEOUT_MS,
      ...(proxy === undefined ? {} : { proxy }),
    });
    try {
      const { status } = await http.request({
        method: 'POST',
        path: pathname + search,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(bodyOf(notice)),
        bodyBytesMax: ANSWER_BYTES_MAX,
        signal: this.stopped.signal,
      });
      if (status >= 200 && status < 300) return null;
      const final = status >= 300 && status < 500 && status !== 408 && status !== 429;
      return { reason: `${http.host} answered ${status}`, final };
    } catch (error) {
      return { reason: messageOf(error), final: false };
    } finally {
      await http.close();
    }
  }
}
