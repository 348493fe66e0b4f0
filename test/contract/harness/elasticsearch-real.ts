// A real Elasticsearch, when ELASTICSEARCH_TEST_URL names one: what cannot be done to it is done by a server that stands before it.
// Everything has names of this process, and goes with the test; a minimal distribution keeps an empty data stream and its template.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { elasticsearch } from '../../../src/destinations/elasticsearch.ts';
import { aliasOf } from '../../../src/destinations/elasticsearch/names.ts';
import {
  arrivedFrom,
  badLine,
  install,
  type Json,
  type Mode,
  type Send,
  streamsOf,
  targetOf,
} from './elasticsearch-assets.ts';
import { type RealElasticsearch, realServers, send as sendTo } from '../../support/real-elasticsearch.ts';
import { type Harness, type HarnessKind, testContext } from './harness.ts';

const run = `relaytest${process.pid}t${Date.now().toString(36)}`;
const API_KEY = 'an-id:a-key-that-nobody-may-see';

export const realHarnesses: HarnessKind[] = realServers.flatMap((real) => [
  { name: `elasticsearch at ${real.url}`, make: () => make(real, 'index') },
  { name: `elasticsearch with data streams at ${real.url}`, make: () => make(real, 'data_stream') },
]);

async function make({ url, access, headers }: RealElasticsearch, mode: Mode): Promise<Harness> {
  const send: Send = (method, path, body) => sendTo({ url, headers }, method, path, body);
  await install(send, mode, run, aliasOf(run));
  const front = await startFront(url);
  // Without security any key is taken.
  const credentials = access.username === undefined ? { apiKey: API_KEY } : access;
  const options = elasticsearch.options.parse({ url: front.url, ...credentials, mode, namespace: run });
  const destination = elasticsearch.create(options, testContext());
  const target = targetOf(mode, run);
  return {
    destination,
    idempotent: true,
    secrets: access.password === undefined ? [API_KEY, Buffer.from(API_KEY).toString('base64')] : [access.password],
    arrived: async () => (await found(send, target)).map(({ _source }) => arrivedFrom(_source)),
    outage: async () => void (front.mood = 'away'),
    revoke: async () => void (front.mood = 'unwelcome'),
    repair: async () => void (front.mood = 'well'),
    loseAnswer: () => void (front.mood = 'loses one answer'),
    badLine: badLine(mode, run),
    close: async () => {
      await destination.close();
      await front.close();
      await cleared(send, mode, target);
    },
  };
}

interface Hit {
  _index: string;
  _id: string;
  _seq_no: number;
  _source: Json;
}

async function found(send: Send, target: string): Promise<Hit[]> {
  await send('POST', `/${target}/_refresh`);
  const { status, json } = await send('POST', `/${target}/_search`, { size: 10_000, seq_no_primary_term: true });
  if (status === 404) return [];
  const { hits } = (json as { hits: { hits: Hit[] } }).hits;
  return hits.sort((a, b) => a._seq_no - b._seq_no);
}

async function cleared(send: Send, mode: Mode, target: string): Promise<void> {
  if (mode === 'index') {
    await send('DELETE', `/${target}`);
    await send('DELETE', `/_index_template/${run}-${mode}`);
    return;
  }
  const gone = await Promise.all(streamsOf(run).map((stream) => send('DELETE', `/_data_stream/${stream}`)));
  if (gone.every(({ status }) => status === 200 || status === 404)) {
    await send('DELETE', `/_index_template/${run}-${mode}`);
    return;
  }
  const lines = (await found(send, target)).map(({ _index, _id }) => JSON.stringify({ delete: { _index, _id } }));
  if (lines.length > 0) await send('POST', '/_bulk', `${lines.join('\n')}\n`);
}

interface Front {
  url: string;
  mood: 'well' | 'away' | 'unwelcome' | 'loses one answer';
  close: () => Promise<void>;
}

async function startFront(to: string): Promise<Front> {
  const server = http.createServer((request, response) => {
    const { mood } = front;
    if (mood === 'away') return void response.writeHead(503, { 'content-type': 'text/html' }).end('<html></html>');
    if (mood === 'unwelcome') {
      const body = { error: { type: 'security_exception', reason: 'no such key' }, status: 401 };
      return void response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
    if (mood === 'loses one answer') front.mood = 'well';
    forward(to, request, response, mood === 'loses one answer');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'well',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return front;
}

function forward(to: string, request: IncomingMessage, response: ServerResponse, loses: boolean): void {
  const { method, url, headers } = request;
  const onward = http.request(to + url, { method, headers }, (answer) => {
    if (!loses) return void answer.pipe(response.writeHead(answer.statusCode!, answer.headers));
    answer.resume().once('end', () => response.destroy());
  });
  onward.once('error', () => response.destroy());
  request.pipe(onward);
}
