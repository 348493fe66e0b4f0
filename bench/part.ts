// One part in a process of its own, so that none finds warm code or memory that another has left: `part.ts NAME CONFIG [MARKS]`.
// Prints one JSON document.
import { bareLoop } from './bare-loop.ts';
import { readAll } from './reading.ts';
import { runRelay, type MemoryMark } from './relay.ts';
import { withFeed } from './simulated.ts';
import { stopwatch, type Lap } from './stopwatch.ts';

const [name, configPath, given = '[]'] = process.argv.slice(2) as [string, string, string?];
const marks = JSON.parse(given) as number[];

/** Rows and seconds of a part that has no Temporal. */
const timed = (part: typeof readAll): Promise<{ rows: number } & Lap> =>
  withFeed(configPath, async (feed) => {
    await feed.source.version(new AbortController().signal);
    const stop = stopwatch();
    const rows = await part(feed);
    return { rows, ...stop() };
  });

/** A long run is watched. */
const told = (mark: MemoryMark): void => void process.stderr.write(`${JSON.stringify(mark)}\n`);

const parts: Record<string, () => Promise<unknown>> = {
  relay: () => runRelay(configPath, marks, marks.length > 0 ? told : undefined),
  bare: () => timed(bareLoop),
  reading: () => timed(readAll),
};
process.stdout.write(`${JSON.stringify(await parts[name]!())}\n`);
