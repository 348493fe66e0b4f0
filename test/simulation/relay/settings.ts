// What kind of a world a seed has.
import type { HecSwitches } from '../../../simulators/hec/switches.ts';
import type { MispSwitches } from '../../../simulators/misp/switches.ts';
import type { Odd } from './changes.ts';
import type { Dice } from './dice.ts';
import type { ElasticMode } from './elastic-sink.ts';
import { RULES, type Rule } from './truth.ts';

export interface Settings {
  turns: number;
  rule: Rule;
  /** The feed begins so many seconds ago; null: with everything. */
  since: number | null;
  pageSize: number;
  pageRowsEnough: number;
  batchRecords: number;
  concurrency: number;
  /** The token has acknowledgements. */
  useAck: boolean;
  ack: 'auto' | 'required';
  events: number;
  rowsOfEvent: number;
  /** Rows of one second, at the beginning. */
  burst: number;
  /** Changes in MISP for each turn. */
  busy: number;
  /** Trouble for each turn. */
  trouble: number;
  commands: number;
  /** How often a step waits at a gate. */
  gates: number;
  odd: Odd[];
  clock: 'steady' | 'misp jumps' | 'ours jumps';
  misp: Partial<MispSwitches>;
  sink: 'splunk' | ElasticMode;
  /** Seconds; null: never. */
  expireAfter: number | null;
}

const HOUR = 3600;

export function settingsOf(dice: Dice): Settings {
  const burst = dice.chance(0.01) ? dice.pick([40, 100, 1_100]) : 0;
  const pageSize = burst > 1_000 ? 200 : 4 + dice.int(6);
  const column = dice.pick(['from 2.5.16', 'before 2.5.16', 'before 2.4.202'] as const);
  const version = { 'from 2.5.16': '2.5.19', 'before 2.5.16': '2.5.4', 'before 2.4.202': '2.4.200' }[column];
  const settings: Settings = {
    turns: 30 + dice.int(110),
    rule: dice.pick(RULES),
    since: dice.pick([null, null, HOUR, 30 * 24 * HOUR]),
    pageSize,
    pageRowsEnough: dice.pick([pageSize, 2 * pageSize, 1_000]),
    batchRecords: dice.pick([3, 2, 5, 100]),
    concurrency: dice.pick([1, 1, 1, 2, 3]),
    useAck: dice.chance(0.4),
    ack: dice.pick(['auto', 'auto', 'required']),
    events: 1 + dice.int(3),
    rowsOfEvent: 6,
    burst,
    busy: dice.pick([0.03, 0.1, 0.2]),
    trouble: dice.pick([0, 0.03, 0.08, 0.15]),
    commands: dice.pick([0, 0.02, 0.05]),
    gates: dice.pick([0.2, 0.6, 1]),
    odd: dice.chance(0.1) ? ['too long', 'unparseable', 'poison'] : ['too long', 'unparseable'],
    clock: dice.pick(['steady', 'steady', 'steady', 'steady', 'misp jumps', 'ours jumps']),
    misp: { version, deleted: column, permSync: dice.chance(0.5) },
    sink: dice.pick(['splunk', 'splunk', 'splunk', 'splunk', 'index', 'index that marks', 'data_stream']),
    expireAfter: dice.pick([null, HOUR + 600, 2 * HOUR, 2 * 24 * HOUR]),
  };
  // Elasticsearch takes long comments; and a clock that goes back would bring back what has expired.
  if (settings.sink !== 'splunk') settings.odd = settings.odd.filter((odd) => odd !== 'too long');
  if (settings.clock !== 'steady') settings.expireAfter = null;
  // Elastic's transform goes by `event.ingested`, which is our clock, and by `decayed_at`, which is MISP's (docs/elasticsearch.md).
  if (settings.sink === 'data_stream') settings.clock = 'steady';
  return settings;
}

export const hecSwitchesOf = ({ useAck }: Settings): Partial<HecSwitches> => ({
  useAck,
  ackDelayMs: 2_000,
  maxEventSize: 3_500,
});
