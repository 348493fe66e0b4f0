import { announce, numberOf, readArguments } from '../process.ts';
import { seeded } from '../random.ts';
import { step } from './activity.ts';
import { MispData } from './data.ts';
import { generate } from './generator.ts';
import { loadFolder } from './loader.ts';
import { startMisp } from './server.ts';
import { type MispSwitches } from './switches.ts';

const args = readArguments(['port', 'host', 'key', 'events', 'attributes', 'seed', 'switches', 'activity']);
const seed = numberOf(args['seed']) ?? 1;
const attributes = numberOf(args['attributes']) ?? (args['events'] === undefined ? 1000 : 0);
const data = attributes > 0 ? generate({ attributes, seed }) : new MispData({ seed });
if (args['events'] !== undefined) process.stderr.write(`${JSON.stringify(loadFolder(data, args['events']))}\n`);
// The indexes are sorted before the first request comes.
data.byId.rows();
data.byTimestamp.rows();
const running = await startMisp({
  port: numberOf(args['port']),
  host: args['host'],
  key: args['key'],
  switches: args['switches'] === undefined ? {} : (JSON.parse(args['switches']) as Partial<MispSwitches>),
  data,
});
const perSecond = numberOf(args['activity']) ?? 0;
if (perSecond > 0) {
  const random = seeded(seed + 1);
  setInterval(() => step(data, random), 1000 / perSecond).unref();
}
announce(running, args.stay === 'true');
