// node test/simulation/relay/main.ts FROM COUNT [--story]: plays seeds, shrinks the first one that fails, and tells its story.
import './at-once.ts';
import type { Failed } from './play.ts';
import { addTo, report, type Tally } from './tally.ts';

const { play } = await import('./play.ts');
const { shrink } = await import('./shrink.ts');

const [from = '1', seeds = '100', ...flags] = process.argv.slice(2);
const total: Tally = new Map();
const begun = Date.now();
for (let seed = Number(from); seed < Number(from) + Number(seeds); seed++) {
  try {
    addTo(total, (await play(seed)).tally);
  } catch (error) {
    console.log(`seed ${seed}: ${(error as Error).message}`);
    if (flags.includes('--all')) continue;
    if (flags.includes('--stack')) console.log((error as Error).cause);
    if (flags.includes('--raw')) {
      const story: string[] = [];
      await play(seed, story).catch(() => {});
      console.log(story.join('\n'));
    }
    if (flags.includes('--story')) {
      const { story, error: last, runs, tape } = await shrink((error as Failed).tape);
      console.log(`${story.join('\n')}\n${last.message}\n(${runs} runs, ${tape.length} numbers)`);
    }
    process.exitCode = 1;
    break;
  }
}
console.log(report(total));
console.log(`${Date.now() - begun} ms`);
