// The document of a bench, and its lines for a person.
import { cpus, totalmem } from 'node:os';
import type { PartName } from './child.ts';
import type { MappingSpeed } from './mapping.ts';
import type { LongRun } from './long-run.ts';
import type { Spread } from './numbers.ts';
import type { Ratio } from './ratio.ts';
import type { SimulatorSpeeds } from './simulators.ts';

/** What was not asked for is left out. */
export interface Report extends Partial<Ratio>, Partial<LongRun> {
  machine: { cores: number; model: string; memoryGb: number; node: string };
  /** Attributes in MISP for the ratios. */
  rows: number;
  /** What the simulators could do alone. */
  simulatorsPerSecond?: SimulatorSpeeds;
  firstEventSeconds?: Spread;
  mapping?: MappingSpeed;
}

export const machine = (): Report['machine'] => ({
  cores: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
});

export function linesOf(report: Report): string[] {
  const { cores, model, memoryGb, node } = report.machine;
  return [
    `${cores} cores (${model}), ${memoryGb} GB, Node ${node}`,
    ...ratioLines(report),
    ...(report.firstEventSeconds ? [line('first event', `${spreadText(report.firstEventSeconds)} s`)] : []),
    ...mappingLines(report),
    ...longRunLines(report),
  ];
}

function ratioLines(report: Report): string[] {
  const { perSecond, ratioBare, ratioRead, simulatorsPerSecond, simulatorCores, cpuMicrosPerRow, rows } = report;
  if (!perSecond || !ratioBare || !ratioRead) return [];
  const speed = (name: PartName): string => {
    const cores = simulatorCores?.[name];
    const cpu = cpuMicrosPerRow?.[name];
    const used = cpu ? `; ${cpu.mainThread} µs of the main thread a row, ${cpu.process} of the process` : '';
    const beside = cores === null || cores === undefined ? '' : `; simulators ${cores.toFixed(2)} cores`;
    return line(name, `${spreadText(perSecond[name])} rows/s${used}${beside}`);
  };
  return [
    line('rows', String(rows)),
    speed('relay'),
    speed('bare'),
    speed('reading'),
    line('relay / bare', spreadText(ratioBare)),
    line('relay / reading', spreadText(ratioRead)),
    ...(simulatorsPerSecond ? [line('simulators', simulatorsText(simulatorsPerSecond))] : []),
  ];
}

function mappingLines({ mapping }: Report): string[] {
  if (!mapping) return [];
  const { perSecond, withJsonPerSecond, bytes } = mapping;
  return [line('mapping', `${perSecond} documents/s on one core, ${withJsonPerSecond} with JSON, ${bytes} bytes each`)];
}

const simulatorsText = ({ misp, hec }: SimulatorSpeeds): string =>
  `MISP ${misp} rows/s${hec === null ? '' : `, HEC ${hec} events/s`}, alone`;

function longRunLines({ rssMb, longRun, historyBytesPerPage, ledgerMbPerMillion }: Report): string[] {
  if (!rssMb || !longRun) return [];
  return [
    ...Object.entries(rssMb).map(([rows, { rss, peak, heap }]) =>
      line(`memory at ${rows}`, `${rss} MB (peak ${peak}, heap ${heap})`),
    ),
    line('history', `${historyBytesPerPage} bytes a page, ${longRun.entityRuns} runs`),
    line('ledger', `${ledgerMbPerMillion} MB a million, store file ${longRun.storeFileMb} MB`),
    line('long run', `${longRun.perSecond} rows/s, longest step ${longRun.stuckMsMax} ms`),
  ];
}

const line = (name: string, text: string): string => `${name.padEnd(20)} ${text}`;
const spreadText = ({ median, min, max }: Spread): string => `${median} (${min} to ${max})`;
