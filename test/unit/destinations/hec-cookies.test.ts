// A load balancer in front of several indexers: only its cookie leads back to the one that gave an ack id out.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { splunkHec } from '../../../src/destinations/splunk-hec.ts';
import { carry } from '../../contract/harness/carry.ts';
import { testContext } from '../../contract/harness/harness.ts';
import { batchWith } from './hec-world.ts';

interface Seen {
  path: string;
  cookie: string;
  channel: string;
}

const toClose: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

/** `cookieFor`: what the balancer sets in answer to the n-th request. Every ack is `true` at once. */
async function balancer(cookieFor: (n: number) => string | null) {
  const seen: Seen[] = [];
  let ids = 0;
  const server = http.createServer((request, response) => {
    const { cookie = '', 'x-splunk-request-channel': channel } = request.headers;
    const cookieNow = cookieFor(seen.length);
    seen.push({ path: request.url!.split('/').at(-1)!, cookie, channel: String(channel) });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (cookieNow !== null) response.setHeader('Set-Cookie', `lb=${cookieNow}; Path=/`);
      const text = Buffer.concat(chunks).toString();
      const acks = (): Record<string, boolean> =>
        Object.fromEntries((JSON.parse(text) as { acks: number[] }).acks.map((id) => [id, true]));
      const body = request.url!.endsWith('/ack') ? { acks: acks() } : { text: 'Success', code: 0, ackId: ids++ };
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const destination = splunkHec.create(splunkHec.options.parse({ url, token: 'a-token' }), testContext());
  toClose.push(async () => {
    await destination.close();
    server.closeAllConnections();
    server.close();
  });
  return { destination, seen };
}

describe('a load balancer', () => {
  it('gets its cookie back with data and with polls', async () => {
    const { destination, seen } = await balancer((n) => (n === 0 ? 'one' : null));
    expect((await carry(destination, batchWith(2))).error).toBeNull();
    await carry(destination, batchWith(2));
    expect(seen.map(({ path, cookie }) => [path, cookie])).toEqual([
      ['event', ''],
      ['ack', 'lb=one'],
      ['event', 'lb=one'],
      ['ack', 'lb=one'],
    ]);
    const [first, second] = [seen.slice(0, 2), seen.slice(2)].map(
      (ofBatch) => new Set(ofBatch.map(({ channel }) => channel)),
    );
    expect([first!.size, second!.size, new Set([...first!, ...second!]).size]).toEqual([1, 1, 2]);
  });

  it('sets another cookie: its `true` may be another indexer’s, so the records go again on a new channel', async () => {
    const { destination, seen } = await balancer((n) => (n === 0 ? 'one' : 'two'));
    const { saved, error } = await carry(destination, batchWith(2));
    expect(error).toBeNull();
    expect(saved.possibleDuplicates).toBe(2);
    expect(seen[2]).toMatchObject({ path: 'event', cookie: 'lb=two' });
    expect(seen[2]!.channel).not.toBe(seen[0]!.channel);
  });

  it('sets a new one each time: blocked with the reason, instead of duplicates without end', async () => {
    const { destination } = await balancer((n) => `c${n}`);
    const { error } = await carry(destination, batchWith(2));
    expect(error).toMatchObject({ kind: 'permanent', code: 'HEC_ACK_NOT_STICKY' });
  });

  it('the first request goes alone, so that the others carry its cookie', async () => {
    const { destination, seen } = await balancer((n) => (n === 0 ? 'one' : null));
    await Promise.all([1, 2, 3].map(() => carry(destination, batchWith(2))));
    expect(seen.filter(({ cookie }) => cookie === '')).toHaveLength(1);
  });
});
