// Several nodes, and whom to trust: fingerprint of a CA, proxy. The certificates are for es.test; `forged` is signed by somebody else who
// calls himself as the CA does.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningElasticsearch, startElasticsearch } from '../../simulators/elasticsearch/server.ts';
import type { Destination, DestinationContext } from '../../src/destinations/destination.ts';
import { elasticsearch as kind } from '../../src/destinations/elasticsearch.ts';
import { aliasOf } from '../../src/destinations/elasticsearch/names.ts';
import { HttpClient } from '../../src/http.ts';
import { batchOf, carry, type Carried } from './harness/carry.ts';
import { install } from './harness/elasticsearch-assets.ts';
import { sendTo } from './harness/elasticsearch.ts';
import { some } from './harness/elasticsearch-world.ts';
import { testContext } from './harness/harness.ts';

const pem = (name: string): string =>
  readFileSync(new URL(`./harness/elasticsearch-tls/${name}.pem`, import.meta.url), 'utf8');

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

async function node(of?: RunningElasticsearch): Promise<RunningElasticsearch> {
  const started = await startElasticsearch(of ? { simulator: of.elasticsearch } : {});
  toClose.push(started.close);
  if (!of) await install(sendTo(started), 'index', 'default', aliasOf('default'));
  return started;
}

function destinationOf(options: Record<string, unknown>, changes: Partial<DestinationContext> = {}): Destination {
  const made = kind.create(kind.options.parse({ timeout: 2, ...options }), testContext(changes));
  toClose.push(() => made.close());
  return made;
}

const send = (destination: Destination): Promise<Carried> => carry(destination, batchOf(destination, some(2)));

/** A port on which nobody listens. */
async function nobody(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** The hosts that were asked, in order. */
function asked(): { hosts: string[]; connect: DestinationContext['connect'] } {
  const hosts: string[] = [];
  return {
    hosts,
    connect: (url, options) => {
      const client = new HttpClient(url, options);
      return {
        host: client.host,
        request: (request) => {
          hosts.push(client.host);
          return client.request(request);
        },
        close: () => client.close(),
      };
    },
  };
}

describe('several nodes', () => {
  it('take turns', async () => {
    const one = await node();
    const two = await node(one);
    const { hosts, connect } = asked();
    const destination = destinationOf({ nodes: [one.url, two.url] }, { connect });
    for (let n = 0; n < 4; n++) expect((await send(destination)).error).toBeNull();
    const [a, b] = [one.url, two.url].map((url) => new URL(url).host);
    expect(hosts).toEqual([a, b, a, b]);
  });

  it('one is not running: the next is asked in the same attempt, and the first is left alone for a while', async () => {
    const one = await node();
    const away = await nobody();
    const { hosts, connect } = asked();
    const destination = destinationOf({ nodes: [away, one.url] }, { connect });
    for (let n = 0; n < 4; n++) expect((await send(destination)).error).toBeNull();
    const [gone, well] = [away, one.url].map((url) => new URL(url).host);
    expect(hosts).toEqual([gone, well, well, well, well]);
  });

  it('it rests for twice as long each time, and is back with the first answer', async () => {
    const one = await node();
    const away = await nobody();
    const { hosts, connect } = asked();
    const context = testContext({ connect });
    const destination = kind.create(kind.options.parse({ nodes: [away, one.url] }), context);
    toClose.push(() => destination.close());
    const gone = new URL(away).host;
    const tried = async (): Promise<boolean> => {
      hosts.length = 0;
      // Twice: each has its turn as the first.
      await send(destination);
      await send(destination);
      return hosts.includes(gone);
    };
    expect(await tried()).toBe(true);
    context.clock.ms += 59_000;
    expect(await tried()).toBe(false);
    context.clock.ms += 2_000;
    expect(await tried()).toBe(true);
    context.clock.ms += 119_000;
    expect(await tried()).toBe(false);
    context.clock.ms += 2_000;
    expect(await tried()).toBe(true);
  });

  it('an answer that was lost is not asked for elsewhere in the same attempt', async () => {
    const one = await node();
    const two = await node(one);
    const { hosts, connect } = asked();
    const destination = destinationOf({ nodes: [one.url, two.url] }, { connect });
    one.elasticsearch.fail('drop after taking', { next: 1 });
    const first = await send(destination);
    expect(first.error).toMatchObject({ code: 'HTTP_RESET' });
    expect(hosts).toHaveLength(1);
    expect((await carry(destination, batchOf(destination, some(2)), first.saved)).error).toBeNull();
    expect(hosts[1]).toBe(new URL(two.url).host);
  });

  it('a proxy that cannot reach its node (503): the other one is next', async () => {
    const one = await node();
    const two = await node();
    const { hosts, connect } = asked();
    const destination = destinationOf({ nodes: [one.url, two.url] }, { connect });
    one.elasticsearch.fail('unavailable');
    expect((await send(destination)).error).toMatchObject({ code: 'ELASTICSEARCH_ANSWER_LOST' });
    for (let n = 0; n < 3; n++) expect((await send(destination)).error).toBeNull();
    expect(new Set(hosts.slice(1))).toEqual(new Set([new URL(two.url).host]));
  });

  it('none is running: nothing is in doubt, and the message names one', async () => {
    const nodes = [await nobody(), await nobody()];
    const { saved, error } = await send(destinationOf({ nodes }));
    expect(error).toMatchObject({ code: 'HTTP_REFUSED', kind: 'retryable' });
    expect((error as Error).message).toContain(new URL(nodes[0]!).host);
    expect(saved).toMatchObject({ posting: null, requests: 0, todo: [{ from: 0, to: 2 }] });
  });
});

describe('the fingerprint of a CA', () => {
  const fingerprint = new X509Certificate(pem('ca')).fingerprint256;
  const tls = { serverName: 'es.test' };
  const readTls: DestinationContext['readTls'] = (given) => given && { serverName: given.serverName! };

  async function secure(cert: string, key: string): Promise<RunningElasticsearch> {
    const started = await startElasticsearch({ tls: { cert, key } });
    toClose.push(started.close);
    started.elasticsearch.cluster.create('an-index', { aliases: { [aliasOf('default')]: {} } });
    return started;
  }

  it.each([fingerprint, fingerprint.replaceAll(':', '').toLowerCase()])('%s: trusted', async (caFingerprint) => {
    const { url, elasticsearch } = await secure(pem('server') + pem('ca'), pem('server-key'));
    const { error } = await send(destinationOf({ url, tls, caFingerprint }, { readTls }));
    expect(error).toBeNull();
    expect(elasticsearch.counts().documents).toBe(2);
  });

  it('a forged certificate beside the genuine CA gets nothing', async () => {
    const { url, elasticsearch } = await secure(pem('forged') + pem('ca'), pem('forged-key'));
    const { error, saved } = await send(destinationOf({ url, tls, caFingerprint: fingerprint }, { readTls }));
    expect(error).toBeInstanceOf(Error);
    expect(saved.posting).toBeNull();
    expect(elasticsearch.counts().requests).toBe(0);
  });

  it('of another CA, or a server that does not show its CA: said so', async () => {
    const other = await secure(pem('server') + pem('ca'), pem('server-key'));
    const silent = await secure(pem('server'), pem('server-key'));
    for (const [url, caFingerprint] of [
      [other.url, '00'.repeat(32)],
      [silent.url, fingerprint],
    ]) {
      const { error } = await send(destinationOf({ url, tls, caFingerprint }, { readTls }));
      expect(error).toMatchObject({ code: 'ELASTICSEARCH_FINGERPRINT', kind: 'permanent' });
    }
    expect(other.elasticsearch.counts().requests + silent.elasticsearch.counts().requests).toBe(0);
  });

  it('the name is still looked at', async () => {
    const { url } = await secure(pem('server') + pem('ca'), pem('server-key'));
    const { error } = await send(destinationOf({ url, caFingerprint: fingerprint }, { readTls }));
    expect(error).toMatchObject({ code: 'HTTP_TLS_NAME' });
  });

  it('nobody there: as for any other server', async () => {
    const url = (await nobody()).replace('http:', 'https:');
    const { error, saved } = await send(destinationOf({ url, tls, caFingerprint: fingerprint }, { readTls }));
    expect(error).toMatchObject({ code: 'HTTP_REFUSED', sent: 'no' });
    expect(saved.posting).toBeNull();
  });

  it('through a proxy, with its user', async () => {
    const { url, elasticsearch } = await secure(pem('server') + pem('ca'), pem('server-key'));
    const seen: (string | undefined)[] = [];
    const proxy = http.createServer().on('connect', (request, socket: net.Socket) => {
      seen.push(request.headers['proxy-authorization']);
      const { hostname, port } = new URL(`http://${request.url!}`);
      const onward = net.connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      for (const each of [onward, socket]) each.on('error', () => {});
      toClose.push(async () => void (onward.destroy(), socket.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    toClose.push(async () => void proxy.close());
    const at = `http://us%40er:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const changes = { readTls, proxyFor: () => at };
    const { error } = await send(destinationOf({ url, tls, caFingerprint: fingerprint }, changes));
    expect(error).toBeNull();
    expect(seen).toEqual(Array(2).fill(`Basic ${Buffer.from('us@er:pass').toString('base64')}`));
    expect(elasticsearch.counts().documents).toBe(2);
  });
});
