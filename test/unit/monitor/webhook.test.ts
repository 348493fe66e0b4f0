// Alarms that are posted, against a receiver on a real socket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpClient } from '../../../src/http.ts';
import type { Notice } from '../../../src/monitor/alarms.ts';
import { bodyOf, Webhook } from '../../../src/monitor/webhook.ts';
import { Secret } from '../../../src/options.ts';
import { logLines, type Line } from '../../support/log-lines.ts';
import { openReceiver, type Receiver } from '../../support/receiver.ts';
import { until } from '../../support/e2e/until.ts';
import packageJson from '../../../package.json' with { type: 'json' };

const SECRET = '/services/T0SECRET/xoxb-SECRET?key=SECRET';
const notice: Notice = {
  feed: 'splunk-all',
  kind: 'blocked',
  status: 'firing',
  again: false,
  reason: 'by the destination: splunk.example.org:8088 rejects the HEC token',
  since: 1_764_000_000,
  at: 1_764_000_300,
  mode: 'blocked',
  lagSeconds: 812,
};

let receiver: Receiver;
let lines: Line[];
let waits: number[];
let webhook: Webhook;

const open = (address: string): Webhook => {
  const { log, lines: written } = logLines();
  lines = written;
  waits = [];
  return new Webhook(new Secret(address), {
    connect: (url, options) => new HttpClient(url, options),
    proxyFor: () => undefined,
    log,
    sleep: async (ms) => void waits.push(ms),
  });
};

beforeEach(async () => {
  receiver = await openReceiver();
  webhook = open(receiver.url + SECRET);
});
afterEach(async () => {
  await webhook.close();
  await receiver.close();
});

const tell = async (...notices: Notice[]): Promise<void> => {
  for (const each of notices) webhook.tell(each);
  await webhook.idle();
};

describe('a post', () => {
  it('is JSON with a sentence for people and keys for programs', async () => {
    await tell(notice);
    expect(receiver.posted).toEqual([
      {
        url: SECRET,
        type: 'application/json',
        body: {
          text: 'misp-relay: feed splunk-all is blocked since 2025-11-24T16:00:00Z: by the destination: splunk.example.org:8088 rejects the HEC token',
          feed: 'splunk-all',
          kind: 'blocked',
          status: 'firing',
          reason: notice.reason,
          since: '2025-11-24T16:00:00Z',
          at: '2025-11-24T16:05:00Z',
          mode: 'blocked',
          lagSeconds: 812,
          relay: { name: 'misp-relay', version: packageJson.version },
        },
      },
    ]);
    expect(lines).toEqual([]);
  });

  it.each<[Partial<Notice>, string]>([
    [{ again: true }, `misp-relay: feed splunk-all is still blocked since 2025-11-24T16:00:00Z: ${notice.reason}`],
    [{ status: 'resolved', mode: 'idle' }, 'misp-relay: feed splunk-all is no longer blocked (now idle)'],
  ])('says %j in words', (change, text) => {
    expect(bodyOf({ ...notice, ...change })).toMatchObject({ text });
  });

  it('that fails is tried again, and then taken', async () => {
    receiver.answers.push(500, 429);
    await tell(notice);
    expect(receiver.posted).toHaveLength(3);
    expect(waits).toEqual([1_000, 5_000]);
    expect(lines.map(({ attempt, reason }) => [attempt, reason])).toEqual([
      [1, expect.stringMatching(/^127\.0\.0\.1:\d+ answered 500$/)],
      [2, expect.stringMatching(/^127\.0\.0\.1:\d+ answered 429$/)],
    ]);
  });

  it.each([301, 404, 410])('that is refused for good (%i) is not tried again', async (status) => {
    receiver.answers.push(status);
    await tell(notice);
    expect(receiver.posted).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });

  it('is given up after four tries, each with a line in the log', async () => {
    receiver.answers.push(503, 503, 503, 503, 503);
    await tell(notice);
    expect(receiver.posted).toHaveLength(4);
    expect(lines.map(({ level }) => level)).toEqual([40, 40, 40, 40]);
  });

  it('waits for the one before it: an end is never told first', async () => {
    receiver.answers.push(500);
    await tell(notice, { ...notice, status: 'resolved' });
    expect(receiver.posted.map(({ body }) => body['status'])).toEqual(['firing', 'firing', 'resolved']);
  });
});

describe('the address', () => {
  it('stands in no line, whatever fails', async () => {
    receiver.answers.push(500, 404);
    await tell(notice);
    const answered = lines;
    await receiver.close();
    webhook = open(receiver.url + SECRET);
    await tell(notice);
    expect(lines.length).toBeGreaterThan(0);
    webhook = open('no url: SECRET');
    const refused = lines;
    await tell(notice);
    expect(refused).toHaveLength(1);
    expect(JSON.stringify([answered, lines, refused])).not.toContain('SECRET');
  });
});

it('gives up at once when it is closed', async () => {
  const held = new Webhook(new Secret(receiver.url), {
    connect: (url, options) => new HttpClient(url, options),
    proxyFor: () => undefined,
    log: logLines().log,
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
  });
  receiver.answers.push(500);
  held.tell(notice);
  await until('it has been tried', () => receiver.posted.length === 1);
  await held.close();
  expect(receiver.posted).toHaveLength(1);
});
