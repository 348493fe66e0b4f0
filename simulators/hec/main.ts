import { readFileSync } from 'node:fs';
import { announce, numberOf, readArguments } from '../process.ts';
import { startHec } from './server.ts';
import { type HecSwitches } from './switches.ts';

const args = readArguments([
  'port',
  'host',
  'token',
  'switches',
  'tls-key',
  'tls-cert',
  'keep-events',
  'keep-deliveries',
]);
const { 'tls-key': key, 'tls-cert': cert } = args;
const running = await startHec({
  port: numberOf(args['port']),
  host: args['host'],
  token: args['token'],
  switches: args['switches'] === undefined ? {} : (JSON.parse(args['switches']) as Partial<HecSwitches>),
  tls: key && cert ? { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } : undefined,
  keepEvents: args['keep-events'] === 'true',
  keepDeliveries: args['keep-deliveries'] !== 'false',
});
announce(running, args.stay === 'true');
