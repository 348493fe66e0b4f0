import { readFileSync } from 'node:fs';
import { announce, numberOf, readArguments } from '../process.ts';
import { startElasticsearch } from './server.ts';
import { type ElasticsearchSwitches } from './switches.ts';

const args = readArguments(['port', 'host', 'seed', 'api-key', 'switches', 'tls-key', 'tls-cert']);
const { 'tls-key': key, 'tls-cert': cert, 'api-key': apiKey } = args;
const running = await startElasticsearch({
  port: numberOf(args['port']),
  host: args['host'],
  seed: numberOf(args['seed']),
  credentials: apiKey === undefined ? {} : { apiKey },
  switches: args['switches'] === undefined ? {} : (JSON.parse(args['switches']) as Partial<ElasticsearchSwitches>),
  tls: key && cert ? { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } : undefined,
});
announce(running, args.stay === 'true');
