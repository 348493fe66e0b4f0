// The relay, the bare loop and reading alone, in turn, so that whatever else the machine does meets all three.
import { runPart, type PartName } from './child.ts';
import type { RelayRun } from './relay.ts';
import { ratioOf, spreadOf, type Spread } from './numbers.ts';
import type { Simulated } from './simulated.ts';
import type { Lap } from './stopwatch.ts';

interface Timed extends Lap {
  rows: number;
}

export interface Ratio {
  /** Rows a second. */
  perSecond: Record<PartName, Spread>;
  /** Of the medians; `min` and `max` are those of single rounds. */
  ratioBare: Spread;
  ratioRead: Spread;
  /** The longest time in which the event loop of the worker did not turn, in any run. */
  stuckMsMax: number;
  /** Processor time for a row: of the main thread, and of the whole process. Medians; less noisy than time on a busy machine. */
  cpuMicrosPerRow: Record<PartName, { mainThread: number; process: number }>;
  /** Processor seconds of both simulators for each second of a part: 1 is a core. */
  simulatorCores: Record<PartName, number | null>;
}

const NAMES: readonly PartName[] = ['relay', 'bare', 'reading'];

export async function measureRatio(
  simulated: Simulated,
  runs: number,
  say: (line: string) => void,
  profile: string | undefined,
): Promise<Ratio> {
  const speeds: Record<PartName, number[]> = { relay: [], bare: [], reading: [] };
  const cores: Record<PartName, number | null> = { relay: 0, bare: 0, reading: 0 };
  const laps: Record<PartName, Timed[]> = { relay: [], bare: [], reading: [] };
  let stuckMsMax = 0;
  for (let run = 1; run <= runs; run++) {
    for (const name of NAMES) {
      await simulated.forget();
      const before = simulated.cpuSeconds();
      const part = await runPart<Timed & Partial<RelayRun>>(name, simulated.freshConfig(), { profile });
      const after = simulated.cpuSeconds();
      await expectEvents(simulated, name, part.rows);
      speeds[name].push(part.rows / part.seconds);
      laps[name].push(part);
      stuckMsMax = Math.max(stuckMsMax, part.stuckMsMax ?? 0);
      cores[name] = before === null || after === null ? null : (after - before) / part.seconds;
      say(`run ${run} of ${runs}: ${name.padEnd(7)} ${Math.round(part.rows / part.seconds)} rows/s`);
    }
  }
  return {
    perSecond: { relay: spreadOf(speeds.relay), bare: spreadOf(speeds.bare), reading: spreadOf(speeds.reading) },
    ratioBare: ratioOf(speeds.relay, speeds.bare),
    ratioRead: ratioOf(speeds.relay, speeds.reading),
    stuckMsMax,
    cpuMicrosPerRow: { relay: cpuOf(laps.relay), bare: cpuOf(laps.bare), reading: cpuOf(laps.reading) },
    simulatorCores: cores,
  };
}

const cpuOf = (laps: readonly Timed[]): { mainThread: number; process: number } => ({
  mainThread: spreadOf(laps.map(({ mainThread, rows }) => (mainThread / rows) * 1e6)).median,
  process: spreadOf(laps.map((lap) => (lap.process / lap.rows) * 1e6)).median,
});

/** A part that loses rows is no part. A row that is read twice in one poll is sent once by the relay, twice by the bare loop. */
async function expectEvents(simulated: Simulated, name: PartName, rows: number): Promise<void> {
  const { attributes } = await simulated.delivered();
  const wanted = name === 'reading' ? 0 : simulated.live;
  if (attributes !== wanted || rows < simulated.live)
    throw new Error(`${name} read ${rows} rows and delivered ${attributes} attributes of ${wanted}`);
}
